/**
 * What can be said to the store, and what it answers.
 *
 * <p>Start at {@link io.logfold.api.Store}: four operations over (partition key, key). Requests are values that are
 * legal by construction: whoever holds one knows that no limit is broken. What was <em>refused</em> by the rules of
 * the contract (a predicate that did not hold, a key that is absent) is a value; what went <em>wrong</em> is a
 * {@link io.logfold.api.StoreException} with one of the codes in {@link io.logfold.api.ErrorCode}.
 */
@NullMarked
package io.logfold.api;

import org.jspecify.annotations.NullMarked;
