/**
 * Watches: changes as they happen, told from the history.
 *
 * <p>Start at {@link io.logfold.query.watch.Watches}. There is no live feed that could run full: whenever the history has
 * moved on and the reader wants more, its next page is read ({@code Watch}). {@link io.logfold.query.watch.WatchingStore} puts
 * this behind any store's face.
 */
@NullMarked
package io.logfold.query.watch;

import org.jspecify.annotations.NullMarked;
