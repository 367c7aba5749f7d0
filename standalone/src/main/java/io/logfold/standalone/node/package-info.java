/**
 * What every node consists of, wherever its Kafka is: {@link io.logfold.standalone.node.NodeParts} starts it.
 */
@NullMarked
package io.logfold.standalone.node;

import org.jspecify.annotations.NullMarked;
