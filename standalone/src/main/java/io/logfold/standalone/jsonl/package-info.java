/**
 * A store as a file, and back: JSON lines with a header, so that a reader knows what it has before it, and a trailer, so that
 * it knows that it has all of it.
 *
 * <p>{@link io.logfold.standalone.jsonl.StateExport} and {@link io.logfold.standalone.jsonl.EventsExport} write,
 * {@link io.logfold.standalone.jsonl.StateImport} reads the state form into a store. Start with the last one's
 * {@code RowPipeline}: it holds the argument why an interrupted import has each line's effect once.
 */
@NullMarked
package io.logfold.standalone.jsonl;

import org.jspecify.annotations.NullMarked;
