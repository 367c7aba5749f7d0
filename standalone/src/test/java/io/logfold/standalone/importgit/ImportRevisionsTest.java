package io.logfold.standalone.importgit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Mutation;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.standalone.importgit.FaultyStore.Fault;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** At the revision that an import tells of a commit, the partition key holds that commit's tree, byte for byte. */
class ImportRevisionsTest {
  private static final Bytes TARGET = Bytes.utf8("repo/main");

  @TempDir
  Path directory;

  /** What was applied to the target, by revision. */
  private final NavigableMap<Long, CommitRequest> events = new ConcurrentSkipListMap<>();
  private final Map<String, Long> told = new HashMap<>();

  @Test
  void eachCommitIsToldOnceWithARevisionThatHoldsItsTree() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    run(recording(new ReferenceStore()), git);
    assertThat(told).hasSize(git.firstParents("main"));
    assertToldTrees(git);
  }

  @Test
  void aRunThatGoesOnTellsOfTheCommitsThatItImports() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    Store store = recording(new ReferenceStore());
    run(store, git);
    told.clear();
    git.commit("main", "nothing again", "from refs/heads/main^0\n");
    git.commit("main", "one more", GitFixture.put("more", "m"));
    git.write();
    run(store, git);
    assertThat(told).hasSize(2);
    assertToldTrees(git);
  }

  /** Every third call of a run is the last that works; over both runs no commit is left out. */
  @ParameterizedTest
  @CsvSource({"NOT_SENT, false", "LOST, true", "ANSWER_LOST, false", "ANSWER_LOST, true"})
  void interruptedAnywhereTheNextRunTellsWhatTheFirstDidNot(Fault fault, boolean forgetIds) throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    FaultyStore whole = FaultyStore.recording(new ReferenceStore());
    run(whole, git);
    for (int last = 1; last <= whole.calls(); last += 3) {
      int failing = last;
      events.clear();
      told.clear();
      Store store = recording(new ReferenceStore());
      assertThatThrownBy(() -> run(new FaultyStore(store,
          call -> call < failing ? Fault.NONE : call == failing ? fault : Fault.NOT_SENT, forgetIds), git))
          .isInstanceOf(StoreException.class);
      run(new FaultyStore(store, call -> Fault.NONE, forgetIds), git);
      assertThat(told).hasSize(git.firstParents("main"));
      assertToldTrees(git);
    }
  }

  private void run(Store store, GitFixture git) throws InterruptedException {
    ImportListener listener = new ImportListener() {
      @Override
      public void started(Bytes partitionKey, long fromIndex, long commitsAhead) {}

      @Override
      public void advanced(long commits, long changes) {}

      @Override
      public void retrying(String why) {}

      @Override
      public void imported(String oid, long revision) {
        told.put(oid, revision);
      }
    };
    var unused = new GitImporter(store, System::currentTimeMillis, new Random(), pause -> { }, listener)
        .run(new ImportOptions(git.directory(), Optional.of("main"), Optional.empty(), 0, false, CallOptions.DEFAULT));
  }

  private void assertToldTrees(GitFixture git) throws IOException {
    for (Map.Entry<String, Long> commit : told.entrySet()) {
      assertThat(treeAt(commit.getValue())).as(commit.getKey()).isEqualTo(git.lsTree(commit.getKey()));
    }
  }

  private String treeAt(long revision) {
    TreeMap<Bytes, Bytes> state = new TreeMap<>();
    events.headMap(revision, true).values().forEach(event -> event.mutations().forEach(mutation -> {
      switch (mutation) {
        case Mutation.Put put -> state.put(put.key(), put.value());
        case Mutation.Delete delete -> state.remove(delete.key());
      }
    }));
    StringBuilder listed = new StringBuilder();
    state.forEach((path, value) -> listed.append(latin(value)).append('\t').append(latin(path)).append('\0'));
    return listed.toString();
  }

  private static String latin(Bytes bytes) {
    return new String(bytes.unsafeArray(), StandardCharsets.ISO_8859_1);
  }

  private Store recording(Store store) {
    return (Store) Proxy.newProxyInstance(Store.class.getClassLoader(), new Class<?>[] {Store.class},
        (proxy, method, arguments) -> {
          try {
            Object answer = method.invoke(store, arguments);
            if (method.getName().equals("commit") && arguments[0] instanceof CommitRequest commit
                && commit.partitionKey().equals(TARGET) && answer instanceof CompletableFuture<?> future) {
              return future.thenApply(outcome -> {
                if (outcome instanceof CommitOutcome.Applied applied) {
                  events.putIfAbsent(applied.revision(), commit);
                }
                return outcome;
              });
            }
            return answer;
          } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
          }
        });
  }
}
