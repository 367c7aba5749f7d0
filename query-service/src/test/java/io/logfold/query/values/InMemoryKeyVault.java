package io.logfold.query.values;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A vault in memory, for tests and simulations: {@link Shared} is what is durable, and each node has its own view of it,
 * which lags behind until it is let catch up. Safe for all threads.
 */
public final class InMemoryKeyVault implements KeyVault {
  /** What all nodes share, and how long it takes to answer. */
  public static final class Shared {
    private final Map<KeyId, byte[]> durable = new HashMap<>();
    private final Consumer<Runnable> delay;

    /** @param delay runs what it is given when the vault's acknowledgement shall come */
    public Shared(Consumer<Runnable> delay) {
      this.delay = delay;
    }

    public synchronized int size() {
      return durable.size();
    }

    public synchronized boolean holds(KeyId id) {
      return durable.containsKey(id);
    }
  }

  private final Shared shared;
  private final Map<KeyId, byte[]> known = new HashMap<>();
  private final Set<KeyId> forgotten = new HashSet<>();

  public InMemoryKeyVault(Shared shared) {
    this.shared = shared;
  }

  @Override
  public CompletableFuture<Void> keep(Map<KeyId, byte[]> wrapped) {
    return later(() -> {
      shared.durable.putAll(wrapped);
      synchronized (known) {
        known.putAll(wrapped);
      }
    });
  }

  @Override
  public Optional<byte[]> find(KeyId id) {
    synchronized (known) {
      return forgotten.contains(id) ? Optional.empty() : Optional.ofNullable(known.get(id));
    }
  }

  @Override
  public CompletableFuture<Void> catchUp() {
    return later(() -> {
      synchronized (known) {
        known.clear();
        known.putAll(shared.durable);
      }
    });
  }

  @Override
  public void forget(KeyId id) {
    synchronized (known) {
      forgotten.add(id);
      known.remove(id);
    }
  }

  @Override
  public CompletableFuture<Void> destroy(KeyId id) {
    forget(id);
    return later(() -> shared.durable.remove(id));
  }

  @Override
  public long size() {
    synchronized (known) {
      return known.size();
    }
  }

  @Override
  public void close() {
    synchronized (known) {
      known.clear();
    }
  }

  private CompletableFuture<Void> later(Runnable effect) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    List<Runnable> once = new ArrayList<>(List.of(effect));
    shared.delay.accept(() -> {
      synchronized (shared) {
        once.forEach(Runnable::run);
      }
      done.complete(null);
    });
    return done;
  }
}
