/**
 * The wire: the messages of {@code logfold/v1/kv.proto} (generated), and the one place where they are turned into the
 * values of {@link io.logfold.api} and back.
 *
 * <p>Start at {@link io.logfold.api.wire.WireRequests}. Decoding a request constructs the API's records, so that what is
 * illegal is refused there, with the same words as in process. {@link io.logfold.api.wire.WireResults} does the same for
 * answers, {@code ScanRows} for the rows of a scan's page, which are no messages, {@link io.logfold.api.wire.WireErrors} for
 * failures, {@link io.logfold.api.wire.WirePast} for both sides of what is asked of the past.
 */
@NullMarked
package io.logfold.api.wire;

import org.jspecify.annotations.NullMarked;
