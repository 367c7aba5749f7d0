package io.logfold.standalone.importgit;

import static io.logfold.standalone.importgit.GitFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitRequest;
import io.logfold.api.Entry;
import io.logfold.api.Mutation;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.client.LogfoldClient;
import io.logfold.api.testing.ReferenceStore;
import io.logfold.standalone.WireServer;
import io.logfold.standalone.importgit.FaultyStore.Fault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GitImporterTest {
  private static final Bytes TARGET = Bytes.utf8("repo/main");

  @TempDir
  Path directory;

  @Test
  void everyPathOfTheTipIsInTheStoreAsGitListsIt() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    FaultyStore store = FaultyStore.recording(new ReferenceStore());

    ImportSummary summary = run(store, git, "main");

    assertThat(summary.partitionKey()).isEqualTo(TARGET);
    assertThat(summary.commits()).isEqualTo(git.firstParents("main"));
    assertSameAsGit(store, TARGET, git, "main");
    assertEachStepOnce(store.applied(), git);
  }

  @Test
  void eachGitCommitIsOneEventThatSaysWhoWhyAndWhence() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    FaultyStore store = FaultyStore.recording(new ReferenceStore());

    run(store, git, "main");

    List<CommitRequest> events = steps(store.applied());
    assertThat(events.getFirst().provenance()).isEqualTo(new Provenance("Ada <ada@example.org>", "root",
        "git:" + git.git("rev-list", "--max-parents=0", "main").strip()));
    assertThat(events).noneMatch(event -> event.provenance().reason().equals("nothing"));
    assertThat(events.stream().filter(event -> event.provenance().reason().equals("many files")))
        .extracting(event -> event.mutations().size()).containsExactly(80, 80, 40);
    assertThat(events.stream().filter(event -> event.provenance().reason().equals("merge with change")))
        .singleElement().satisfies(event -> assertThat(event.mutations()).hasSize(1));
    assertThat(events.stream().map(event -> event.provenance().principal()))
        .contains("raw \uFFFD author <x>").doesNotContain("Zo\u00eb <zoe>");
  }

  @Test
  void runAgainItChangesNothingAndGoesOnWithNewCommits() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    ReferenceStore reference = new ReferenceStore();
    run(reference, git, "main");
    FaultyStore again = FaultyStore.recording(reference);

    assertThat(run(again, git, "main").commits()).isZero();
    assertThat(again.applied()).isEmpty();

    git.commit("main", "one more", "from refs/heads/main^0\n", put("more", "m"));
    git.write();
    assertThat(run(again, git, "main").changes()).isEqualTo(1);
    assertSameAsGit(reference, TARGET, git, "main");
  }

  /** Every call of a run is the last that works; what the next run finds is a store that forgot all request ids. */
  @ParameterizedTest
  @CsvSource({"NOT_SENT, false", "LOST, true", "ANSWER_LOST, false", "ANSWER_LOST, true"})
  void interruptedAtAnyCallTheNextRunGoesOnWithEachCommitAppliedOnce(Fault fault, boolean forgetIds) throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    FaultyStore whole = FaultyStore.recording(new ReferenceStore());
    run(whole, git, "main");

    for (int last = 1; last <= whole.calls(); last++) {
      int failing = last;
      ReferenceStore reference = new ReferenceStore();
      FaultyStore first = new FaultyStore(reference,
          call -> call < failing ? Fault.NONE : call == failing ? fault : Fault.NOT_SENT, forgetIds);
      assertThatThrownBy(() -> run(first, git, "main")).isInstanceOf(StoreException.class);
      FaultyStore second = new FaultyStore(reference, call -> Fault.NONE, forgetIds);
      run(second, git, "main");

      List<CommitRequest> applied = new ArrayList<>(first.applied());
      second.applied().stream().filter(event -> forgetIds || !ids(first.applied()).contains(event.request().id()))
          .forEach(applied::add);
      assertEachStepOnce(applied, git);
      assertSameAsGit(reference, TARGET, git, "main");
    }
  }

  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "3, true", "4, true", "5, true"})
  void callsThatFailNowAndThenDoNotStopARun(int seed, boolean forgetIds) throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    Random random = new Random(seed);
    Fault[] faults = Fault.values();
    FaultyStore store = new FaultyStore(new ReferenceStore(),
        call -> random.nextInt(4) == 0 ? faults[random.nextInt(faults.length)] : Fault.NONE, forgetIds);

    run(store, git, "main");

    assertEachStepOnce(store.applied(), git);
    assertThat(git.lsTree("main")).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3", "4", "5", "6"})
  void stepsThatArriveOutOfOrderAreRefusedByTheStoreAndSentAgain(int seed) throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    ReferenceStore reference = new ReferenceStore();
    try (ShufflingStore shuffling = new ShufflingStore(reference, seed)) {
      FaultyStore store = FaultyStore.recording(shuffling);

      run(store, git, "main");

      assertEachStepOnce(store.applied(), git);
      assertSameAsGit(reference, TARGET, git, "main");
    }
  }

  @Test
  void importsThroughTheClientOverTheWire() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    ReferenceStore reference = new ReferenceStore();
    FaultyStore recorded = FaultyStore.recording(reference);
    try (WireServer server = new WireServer(recorded); LogfoldClient client = LogfoldClient.connect(server.url())) {
      run(client, git, "main");
    }
    assertEachStepOnce(recorded.applied(), git);
    assertSameAsGit(reference, TARGET, git, "main");
  }

  @Test
  void aLimitLeavesTheRestForAnotherRun() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    FaultyStore store = FaultyStore.recording(new ReferenceStore());
    int commits = git.firstParents("main");

    for (int done = 1; done <= commits; done++) {
      ImportSummary summary = importer(store).run(new ImportOptions(git.directory(), Optional.of("main"),
          Optional.empty(), 1, false, CallOptions.DEFAULT));
      assertThat(summary.commits()).isEqualTo(1);
      assertThat(summary.left()).isEqualTo(commits - done);
      assertSameAsGit(store, TARGET, git, "main~" + (commits - done));
    }
    assertEachStepOnce(store.applied(), git);
  }

  @Test
  void aRewrittenBranchIsRefusedUntilItIsAskedFor() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    ReferenceStore store = new ReferenceStore();
    run(store, git, "main");
    git.git("update-ref", "refs/heads/main", "main~3");
    git.commit("main", "another end", "from refs/heads/main^0\n", put("another", "e"));
    git.write();

    assertThatThrownBy(() -> run(store, git, "main")).isInstanceOf(ImportRefusedException.class)
        .hasMessageContaining("rewritten");
    importer(store).run(new ImportOptions(git.directory(), Optional.of("main"), Optional.empty(), 0, true,
        CallOptions.DEFAULT));

    assertSameAsGit(store, TARGET, git, "main");
    FaultyStore again = FaultyStore.recording(store);
    run(again, git, "main");
    assertThat(again.applied()).isEmpty();
  }

  @Test
  void aPathBeyondTheLimitIsNamedAndNothingOfItsCommitIsWritten() throws Exception {
    GitFixture git = GitFixture.init(directory.resolve("repo"));
    git.commit("main", "fine", put("fine", "1"));
    git.commit("main", "too long", put("also", "1"), put("deep/" + "x".repeat(1_100), "1"));
    git.write();
    ReferenceStore store = new ReferenceStore();

    assertThatThrownBy(() -> run(store, git, "main")).isInstanceOf(ImportRefusedException.class)
        .hasMessageContaining("deep/xxx").hasMessageContaining("1105 bytes");

    assertSameAsGit(store, TARGET, git, "main~1");
  }

  @Test
  void aPartitionKeyThatSomebodyElseWroteToIsRefused() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    ReferenceStore store = new ReferenceStore();
    write(store, "stray");
    assertThatThrownBy(() -> run(store, git, "main")).isInstanceOf(ImportRefusedException.class)
        .hasMessageContaining("no import has written");
  }

  @Test
  void aPathThatSomebodyElseChangedIsNamed() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    ReferenceStore store = new ReferenceStore();
    importer(store).run(new ImportOptions(git.directory(), Optional.of("main"), Optional.empty(), 20, false,
        CallOptions.DEFAULT));
    write(store, "a/b");
    assertThatThrownBy(() -> run(store, git, "main")).isInstanceOf(ImportRefusedException.class)
        .hasMessageContaining("\"a/b\"").hasMessageContaining("Somebody else");
  }

  @Test
  void readsBareRepositoriesBranchesWithSlashesAndDetachedHeads() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"));
    git.git("clone", "-q", "--bare", ".", "../naked.git");
    ReferenceStore store = new ReferenceStore();
    assertThat(run(store, directory.resolve("naked.git"), Optional.of("side/line")).partitionKey())
        .isEqualTo(Bytes.utf8("naked/side/line"));
    assertSameAsGit(store, Bytes.utf8("naked/side/line"), git, "side/line");

    git.git("checkout", "-q", "--detach", "side/two");
    assertThat(run(store, git.directory(), Optional.empty()).partitionKey()).isEqualTo(Bytes.utf8("repo/HEAD"));
    assertSameAsGit(store, Bytes.utf8("repo/HEAD"), git, "side/two");
  }

  @Test
  void readsRepositoriesWithSha256() throws Exception {
    GitFixture git = Histories.awkward(directory.resolve("repo"), "--object-format=sha256");
    ReferenceStore store = new ReferenceStore();
    run(store, git, "main");
    assertSameAsGit(store, TARGET, git, "main");
  }

  @Test
  void whatCannotBeImportedIsSaidClearly() throws Exception {
    GitFixture git = GitFixture.init(directory.resolve("repo"));
    ReferenceStore store = new ReferenceStore();
    assertThatThrownBy(() -> run(store, git.directory(), Optional.empty())).isInstanceOf(GitException.class)
        .hasMessageContaining("no commits");
    git.commit("main", "one", put("f", "1"));
    git.commit("main", "two", put("f", "2"));
    git.write();
    git.git("clone", "-q", "--depth", "1", "file://" + git.directory(), "../shallow");
    assertThatThrownBy(() -> run(store, directory.resolve("shallow"), Optional.empty()))
        .isInstanceOf(GitException.class).hasMessageContaining("shallow");
    assertThatThrownBy(() -> run(store, git.directory(), Optional.of("none"))).isInstanceOf(GitException.class)
        .hasMessageContaining("no branch 'none'");
    assertThatThrownBy(() -> run(store, directory.resolve("nowhere"), Optional.empty()))
        .isInstanceOf(GitException.class).hasMessageContaining("not a directory");
    Files.createDirectory(directory.resolve("plain"));
    Files.createFile(directory.resolve("plain/.git"));
    assertThatThrownBy(() -> run(store, directory.resolve("plain"), Optional.empty()))
        .isInstanceOf(GitException.class);
  }

  private static GitImporter importer(Store store) {
    return new GitImporter(store, System::currentTimeMillis, new Random(), pause -> { }, ImportListener.SILENT);
  }

  private static ImportSummary run(Store store, GitFixture git, String branch) throws InterruptedException {
    return run(store, git.directory(), Optional.of(branch));
  }

  private static ImportSummary run(Store store, Path repository, Optional<String> branch) throws InterruptedException {
    return importer(store).run(new ImportOptions(repository, branch, Optional.empty(), 0, false, CallOptions.DEFAULT));
  }

  private static void write(Store store, String path) {
    store.commit(new CommitRequest(TARGET, List.of(), List.of(new Mutation.Put(Bytes.utf8(path), Bytes.EMPTY)),
        new RequestInfo(new RequestId(1, 1), 1, System.currentTimeMillis()), Provenance.NONE),
        CallOptions.DEFAULT).join();
  }

  private static HashSet<RequestId> ids(List<CommitRequest> events) {
    HashSet<RequestId> ids = new HashSet<>();
    events.forEach(event -> ids.add(event.request().id()));
    return ids;
  }

  private static List<CommitRequest> steps(List<CommitRequest> applied) {
    return applied.stream().filter(event -> !event.partitionKey().equals(Mark.PARTITION_KEY)).toList();
  }

  /** What the store applied is what git says, commit by commit, each once and in order. */
  private static void assertEachStepOnce(List<CommitRequest> applied, GitFixture git) {
    GitRepository repository = GitRepository.open(git.directory());
    List<String> firstParents = repository.firstParents(repository.tip(Optional.of("main")).oid());
    List<List<Mutation>> expected = new ArrayList<>();
    try (GitHistory history = repository.history(firstParents, 0)) {
      for (Optional<GitCommit> commit = history.next(); commit.isPresent(); commit = history.next()) {
        Step.of(commit.get(), 0).stream().filter(step -> !step.changes().isEmpty())
            .forEach(step -> expected.add(step.changes().stream().map(Step::mutation).toList()));
      }
    }
    assertThat(steps(applied).stream().map(CommitRequest::mutations)).containsExactlyElementsOf(expected);
  }

  private static void assertSameAsGit(Store store, Bytes partitionKey, GitFixture git, String revision)
      throws IOException {
    ByteArrayOutputStream listed = new ByteArrayOutputStream();
    ScanPage page = store.scan(ScanRequest.of(partitionKey, ScanOptions.all().withBatchSize(10_000)),
        CallOptions.DEFAULT).join();
    assertThat(page.more()).isFalse();
    for (Entry entry : page.entries()) {
      listed.write(entry.value().unsafeArray());
      listed.write('\t');
      listed.write(entry.key().unsafeArray());
      listed.write(0);
    }
    // One byte a character keeps every byte and makes a difference readable.
    assertThat(listed.toString(StandardCharsets.ISO_8859_1))
        .isEqualTo(git.lsTree(revision));
  }
}
