/**
 * Whether a table is the fold of its log ({@link io.logfold.projector.verify.Verify}), and whether two tables hold the
 * same ({@link io.logfold.projector.verify.TableComparison}).
 */
@NullMarked
package io.logfold.projector.verify;

import org.jspecify.annotations.NullMarked;
