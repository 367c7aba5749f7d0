/**
 * The store over HTTP: {@link io.logfold.query.server.rest.RestService} and what it reads and writes.
 *
 * <p>A request is read in this order: {@link io.logfold.query.server.rest.RequestTarget} takes the request line apart byte for byte,
 * {@link io.logfold.query.server.rest.RequestFields} and {@link io.logfold.query.server.rest.Conditions} the header
 * fields, {@link io.logfold.query.server.rest.JsonBodies} the body; {@link io.logfold.query.server.rest.Answers} makes
 * the answer and {@link io.logfold.query.server.rest.RestErrors} the refusals. Nothing here blocks: bodies arrive on
 * Armeria's event loops, and answers of the store are rendered there.
 */
@NullMarked
package io.logfold.query.server.rest;

import org.jspecify.annotations.NullMarked;
