/**
 * How it is answered: one {@link io.logfold.query.PartitionLeader} per partition, and the server in front.
 */
@NullMarked
package io.logfold.query;

import org.jspecify.annotations.NullMarked;
