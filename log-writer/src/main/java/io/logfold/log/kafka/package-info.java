/**
 * The partition log on Kafka.
 *
 * <p>{@link io.logfold.log.kafka.KafkaLogs} is one node's connection: one idempotent producer, one reader. {@link
 * io.logfold.log.kafka.TopicSetup} makes the topic, {@link io.logfold.log.kafka.TopicCheck} looks whether topic and
 * cluster are set as the proof of the protocol needs it.
 */
@NullMarked
package io.logfold.log.kafka;

import org.jspecify.annotations.NullMarked;
