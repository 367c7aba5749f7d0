package io.logfold.query.values;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A node's catching up with its vault, which costs a record of the vault's: at most one is under way and one waits, whoever
 * asks, and what was once found to be destroyed is not looked for again. Safe for all threads.
 */
final class CatchUps {
  /** Some 100 bytes each. */
  private static final int MAX_DESTROYED = 50_000;

  private final KeyVault vault;
  private @Nullable CompletableFuture<Void> running;
  private @Nullable CompletableFuture<Void> next;

  private final Set<KeyId> destroyed = Collections.newSetFromMap(new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<KeyId, Boolean> eldest) {
      return size() > MAX_DESTROYED;
    }
  });

  CatchUps(KeyVault vault) {
    this.vault = vault;
  }

  /** Done when this node knows all that the vault had acknowledged before the call. */
  CompletableFuture<Void> join() {
    CompletableFuture<Void> mine;
    synchronized (this) {
      if (running != null) {
        if (next == null) {
          next = new CompletableFuture<>();
        }
        return next; // the running one may have begun before something that this caller must see
      }
      mine = new CompletableFuture<>();
      running = mine;
    }
    begin(mine);
    return mine;
  }

  private void begin(CompletableFuture<Void> mine) {
    vault.catchUp().whenComplete((done, failure) -> {
      CompletableFuture<Void> follows;
      synchronized (this) {
        follows = next;
        running = follows;
        next = null;
      }
      if (follows != null) {
        begin(follows);
      }
      if (failure == null) {
        mine.complete(null);
      } else {
        mine.completeExceptionally(failure);
      }
    });
  }

  /** A key that is not to be had for ever (K3), or that the log says is destroyed. */
  synchronized void destroyed(KeyId id) {
    destroyed.add(id);
  }

  /** Whether it is known to be. False says nothing. */
  synchronized boolean knownDestroyed(KeyId id) {
    return destroyed.contains(id);
  }
}
