/**
 * Whether a log is still the one that was written, and statements about it that can be kept elsewhere.
 *
 * <p>{@link io.logfold.log.audit.LogAudit} reads one partition and names the first record that does not fit;
 * {@link io.logfold.log.audit.StoreAudit} does so for all of them; a {@link io.logfold.log.audit.Seal} is what a log was
 * at a moment, signed. docs/audit/seal.md says what is found and what is not.
 */
@NullMarked
package io.logfold.log.audit;

import org.jspecify.annotations.NullMarked;
