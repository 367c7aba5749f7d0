/**
 * The history: one more table of the same log, whose rows are the changes themselves and not what they led to. {@link
 * io.logfold.projector.history.HistoryRows} makes its rows from events, {@link io.logfold.projector.history.HistoryReader}
 * answers who changed what when, and what a key was at any moment of the past.
 */
@NullMarked
package io.logfold.projector.history;

import org.jspecify.annotations.NullMarked;
