/** Where an audit finds the log that it reads, {@link io.logfold.standalone.audit.AuditedLog}. */
@NullMarked
package io.logfold.standalone.audit;

import org.jspecify.annotations.NullMarked;
