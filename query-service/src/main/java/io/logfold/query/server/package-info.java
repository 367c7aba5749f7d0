/**
 * The server in front of a store: {@link io.logfold.query.server.LogfoldServer} puts gRPC, REST, health, metrics and
 * documentation on one port.
 *
 * <p>The server owns no store. {@link io.logfold.query.server.MeteredStore} goes between the two, so that every
 * interface is counted alike; {@link io.logfold.query.server.PartitionGauges} tells how the partitions are.
 */
@NullMarked
package io.logfold.query.server;

import org.jspecify.annotations.NullMarked;
