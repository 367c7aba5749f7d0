package io.logfold.query.values;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Where wrapped data keys are kept, outside the log, for all nodes of a store. Any thread may call it, none blocks; futures
 * fail with {@link io.logfold.api.StoreException}.
 *
 * <ul>
 *   <li>K1 What {@link #keep} has acknowledged is found by every node until it is destroyed, after any restart.
 *   <li>K2 What {@link #destroy} has acknowledged is found by no node once that has caught up, and never comes back.
 *   <li>K3 A key that is not found behind a {@link #catchUp} that began after it was kept is destroyed for ever.
 * </ul>
 */
public interface KeyVault extends AutoCloseable {
  /** Done when they are durable. */
  CompletableFuture<Void> keep(Map<KeyId, byte[]> wrapped);

  /** From memory, as far as this node has caught up. */
  Optional<byte[]> find(KeyId id);

  /** Done when this node knows all that was acknowledged before the call. */
  CompletableFuture<Void> catchUp();

  /** This node does not find it any more from now on; the vault is not told. */
  void forget(KeyId id);

  /** Forgets it; done when it is destroyed durably. Again: harmless. */
  CompletableFuture<Void> destroy(KeyId id);

  /** How many keys this node knows. */
  long size();

  @Override
  void close();
}
