/**
 * The conformance kit of {@link io.logfold.api.Store}, shipped as a test-jar.
 *
 * <p>Whoever implements a store, or puts another interface before one, writes one class that extends {@link
 * io.logfold.api.testing.StoreContract} and says how a store is opened. The scenarios are grouped by subject, one
 * interface each, and use nothing but {@link io.logfold.api.Store} and {@link io.logfold.api.BlockingStore}; each works
 * under partition keys of its own, so that they may run against a store that is in use. {@link
 * io.logfold.api.testing.ReferenceStore} is the same contract as a model: small, sequential, in memory.
 */
@NullMarked
package io.logfold.api.testing;

import org.jspecify.annotations.NullMarked;
