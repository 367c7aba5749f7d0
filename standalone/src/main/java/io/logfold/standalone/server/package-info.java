/**
 * One node of a cluster, on brokers that exist already: {@link io.logfold.standalone.server.ServerNode}, as its
 * configuration file ({@link io.logfold.standalone.server.ServerConfig}) says.
 */
@NullMarked
package io.logfold.standalone.server;

import org.jspecify.annotations.NullMarked;
