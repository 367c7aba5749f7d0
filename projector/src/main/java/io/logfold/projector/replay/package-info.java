/**
 * History into a table, in bulk: {@link io.logfold.projector.replay.Replay} builds a table from nothing, from where it
 * stands, or from a copy of another one. The projector tails a log, a replay reads it.
 */
@NullMarked
package io.logfold.projector.replay;

import org.jspecify.annotations.NullMarked;
