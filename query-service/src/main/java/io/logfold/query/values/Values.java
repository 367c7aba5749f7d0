package io.logfold.query.values;

import io.logfold.api.Bytes;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.ScanPage;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How a node stores values and shows them: the one way in and out. Plain values pass at the cost of looking at four bytes.
 * A node without a master key stores plain values, and refuses to store or show encrypted ones.
 *
 * <p>Any thread may call it, none blocks. Encrypting and decrypting run on the executor, also where nothing is waited for.
 * A value whose key this node does not find is looked for behind all that the vault has acknowledged before it is said to
 * be redacted: the key was durable before the value's event was in the log, so that whoever can see the value can find its
 * key, unless it was destroyed. Whoever answers from something else than the log's end, which says what is redacted,
 * first waits for {@link #caughtUp}.
 */
public final class Values {
  private final String store;
  private final @Nullable Held held;
  private final Executor executor;

  /** What it takes to encrypt. random makes keys: it must be a good one. */
  private record Held(MasterKey master, KeyVault vault, CatchUps catchUps, RandomGenerator random) {
    Held(MasterKey master, KeyVault vault, RandomGenerator random) {
      this(master, vault, new CatchUps(vault), random);
    }
  }

  private Values(String store, @Nullable Held held, Executor executor) {
    this.store = store;
    this.held = held;
    this.executor = executor;
  }

  /** Without a master key. */
  public static Values plainOnly(String store) {
    return new Values(store, null, Runnable::run);
  }

  /** @param executor runs encryption and decryption */
  public static Values encrypting(String store, MasterKey master, KeyVault vault, SecureRandom random, Executor executor) {
    return new Values(store, new Held(master, vault, random), executor);
  }

  /** For simulations: keys that anybody can guess. */
  public static Values simulated(String store, MasterKey master, KeyVault vault, RandomGenerator random, Executor executor) {
    return new Values(store, new Held(master, vault, random), executor);
  }

  /** Whether this node can store values that can be redacted, and read them. */
  public boolean encrypts() {
    return held != null;
  }

  // ---- in

  /** Mutations as they are stored, and the keys they need. */
  public record Sealed(List<Mutation> mutations, List<KeyId> keys) {
    public Sealed {
      mutations = List.copyOf(mutations);
      keys = List.copyOf(keys);
    }
  }

  /** Mutations whose values are stored as they are. */
  public static List<Mutation> plain(List<Mutation> mutations) {
    for (Mutation mutation : mutations) {
      if (mutation instanceof Mutation.Put put && !StoredValues.isPlain(put.value())) {
        return mutations.stream().<Mutation>map(each -> each instanceof Mutation.Put value
            ? new Mutation.Put(value.key(), StoredValues.plain(value.value())) : each).toList();
      }
    }
    return mutations;
  }

  /** Encrypts each value under a new key; done when all the keys are durable. */
  public CompletableFuture<Sealed> seal(Bytes partitionKey, List<Mutation> mutations) {
    Held keys = held;
    if (keys == null) {
      return CompletableFuture.failedFuture(noMasterKey("values of this partition key are to be encrypted, by policy, and"));
    }
    return CompletableFuture.supplyAsync(() -> {
      List<Mutation> sealed = new ArrayList<>(mutations.size());
      Map<KeyId, byte[]> wrapped = new HashMap<>();
      List<KeyId> ids = new ArrayList<>();
      for (Mutation mutation : mutations) {
        switch (mutation) {
          case Mutation.Put put -> {
            KeyId id = KeyId.random(keys.random());
            byte[] dataKey = new byte[StoredValues.DATA_KEY_BYTES];
            byte[] nonce = new byte[12];
            keys.random().nextBytes(dataKey);
            keys.random().nextBytes(nonce);
            sealed.add(new Mutation.Put(put.key(),
                StoredValues.seal(store, partitionKey, put.key(), put.value(), id, dataKey, nonce)));
            wrapped.put(id, keys.master().wrap(dataKey));
            ids.add(id);
          }
          case Mutation.Delete delete -> sealed.add(delete);
        }
      }
      return keys.vault().keep(wrapped).thenApply(kept -> new Sealed(sealed, ids));
    }, executor).thenCompose(kept -> kept);
  }

  /** These keys were made for a write that never became an event: nobody will need them. Tries, and promises nothing. */
  public void discard(List<KeyId> ids) {
    Held keys = held;
    if (keys != null) {
      ids.forEach(keys.vault()::destroy);
    }
  }

  // ---- out

  /** As callers see it. Fails with NO_MASTER_KEY where this node cannot tell. */
  public CompletableFuture<Opened> open(Bytes partitionKey, Bytes key, Bytes stored) {
    if (StoredValues.isPlain(stored)) {
      return CompletableFuture.completedFuture(new Opened.Plain(stored));
    }
    Optional<KeyId> id;
    try {
      id = StoredValues.keyId(stored);
      if (id.isEmpty()) {
        return CompletableFuture.completedFuture(new Opened.Plain(StoredValues.unescaped(stored)));
      }
    } catch (StoreException e) {
      return CompletableFuture.failedFuture(e); // a damaged value is this call's trouble, and not the partition's
    }
    Held keys = held;
    if (keys == null) {
      return CompletableFuture.failedFuture(noMasterKey("the value is encrypted, and"));
    }
    return CompletableFuture.supplyAsync(() -> keys.vault().find(id.get()), executor)
        .thenCompose(found -> found.isPresent() || keys.catchUps().knownDestroyed(id.get())
            ? CompletableFuture.completedFuture(found) : findBehindAll(keys, id.get()))
        .thenApplyAsync(found -> found.<Opened>map(wrapped -> new Opened.Plain(
            StoredValues.open(store, partitionKey, key, stored, keys.master().unwrap(wrapped)))).orElse(Opened.REDACTED),
            executor);
  }

  private static CompletableFuture<Optional<byte[]>> findBehindAll(Held keys, KeyId id) {
    return keys.catchUps().join().thenApply(all -> {
      Optional<byte[]> found = keys.vault().find(id);
      if (found.isEmpty()) {
        keys.catchUps().destroyed(id);
      }
      return found;
    });
  }

  /**
   * Done when this node opens nothing any more whose key was destroyed before the call. Costs a record in the vault, once
   * for all who ask meanwhile; a node without a master key opens nothing, and is done at once.
   */
  public CompletableFuture<Void> caughtUp() {
    Held keys = held;
    return keys == null ? CompletableFuture.completedFuture(null) : keys.catchUps().join();
  }

  /** Whether all of these are the values themselves, so that nothing is to be opened. */
  public static boolean allPlain(GetResult stored) {
    return stored.entries().stream().allMatch(entry -> entry.isEmpty() || StoredValues.isPlain(entry.get().value()));
  }

  public static boolean allPlain(ScanPage stored) {
    for (Entry entry : stored.entries()) {
      if (!StoredValues.isPlain(entry.value())) {
        return false;
      }
    }
    return true;
  }

  /** A get's answer as the caller sees it. */
  public CompletableFuture<GetResult> open(GetRequest request, GetResult stored) {
    List<CompletableFuture<Optional<Versioned>>> entries = new ArrayList<>(stored.entries().size());
    for (int i = 0; i < stored.entries().size(); i++) {
      Optional<Versioned> entry = stored.entries().get(i);
      entries.add(entry.isEmpty() ? CompletableFuture.completedFuture(entry)
          : open(request.partitionKey(), request.keys().get(i), entry.get().value()).thenApply(opened ->
              Optional.of(new Versioned(opened.shown(), entry.get().revision(), opened instanceof Opened.Redacted))));
    }
    return all(entries).thenApply(opened -> new GetResult(opened, stored.position()));
  }

  /** A page as the caller sees it. */
  public CompletableFuture<ScanPage> open(ScanPage stored) {
    List<CompletableFuture<Entry>> entries = new ArrayList<>(stored.entries().size());
    for (Entry entry : stored.entries()) {
      entries.add(open(entry.partitionKey(), entry.key(), entry.value()).thenApply(opened -> new Entry(entry.partitionKey(),
          entry.key(), opened.shown(), entry.revision(), opened instanceof Opened.Redacted)));
    }
    return all(entries).thenApply(opened -> new ScanPage(opened, stored.more(), stored.position(), stored.snapshotId(),
        stored.reached()));
  }

  /** All of them, in order, once the last one is there. */
  public static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> each) {
    return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> each.stream().map(CompletableFuture::join).toList());
  }

  // ---- redaction

  /** The log says that this key is destroyed: this node opens nothing with it from now on. */
  public void redacted(Bytes keyId) {
    Held keys = held;
    if (keys != null) {
      keys.catchUps().destroyed(KeyId.of(keyId));
      keys.vault().forget(KeyId.of(keyId));
    }
  }

  /** Done when the key is destroyed for ever, wherever a copy of its value lies. */
  public CompletableFuture<Void> destroy(Bytes keyId) {
    Held keys = held;
    return keys == null ? CompletableFuture.failedFuture(noMasterKey("a key is to be destroyed, and"))
        : keys.vault().destroy(KeyId.of(keyId));
  }

  private static StoreException noMasterKey(String why) {
    return new StoreException(ErrorCode.NO_MASTER_KEY, why
        + " this node has no master key; start it with one (redaction.master-key-file), the same as the other nodes'");
  }
}
