package io.logfold.standalone.importgit;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Consistency;
import io.logfold.api.Entry;
import io.logfold.api.Moment;
import io.logfold.api.ScanOptions;
import io.logfold.api.ScanPage;
import io.logfold.api.ScanRequest;
import io.logfold.api.Store;
import io.logfold.api.client.LogfoldClient;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.dev.EmbeddedNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole node, over the wire: as of the revision of any commit of a long history, a scan lists what git lists. */
class AsOfCommitsTest {
  private static final int COMMITS = 1_100;
  private static final CallOptions PATIENCE = CallOptions.timeoutMs(60_000);

  @TempDir Path folder;

  @Test
  void asOfAnyCommitAScanListsWhatGitLists() throws Exception {
    Random random = new Random(20);
    GitFixture git = history(random);
    Map<String, Long> revisions = new HashMap<>();
    try (EmbeddedNode node = EmbeddedNode.start(new DevOptions(folder.resolve("data"), "127.0.0.1", 0,
            "rocksdb:" + folder.resolve("table"), 3, "header", 64L << 20, 0), why -> {});
        LogfoldClient store = LogfoldClient.builder().server(node.url()).build()) {
      ImportSummary summary = new GitImporter(store, System::currentTimeMillis, random, pause -> {}, new Told(revisions))
          .run(new ImportOptions(git.directory(), Optional.of("main"), Optional.empty(), 0, false, PATIENCE));
      List<String> commits = new ArrayList<>(revisions.keySet());
      assertThat(commits).hasSize(COMMITS);
      Collections.shuffle(commits, random);
      for (String commit : commits.subList(0, 20)) {
        assertThat(listedAsOf(store, summary.partitionKey(), revisions.getOrDefault(commit, -1L))).as(commit)
            .isEqualTo(git.lsTree(commit));
      }
    }
  }

  /** A few files change, come and go with each commit. */
  private GitFixture history(Random random) throws Exception {
    GitFixture git = GitFixture.init(folder.resolve("repo"));
    for (int commit = 0; commit < COMMITS; commit++) {
      String path = "dir" + random.nextInt(5) + "/file" + random.nextInt(60);
      git.commit("main", "commit " + commit, GitFixture.put("log", "line " + commit),
          random.nextInt(4) == 0 ? GitFixture.delete(path) : GitFixture.put(path, "content " + random.nextInt(1_000)));
    }
    git.write();
    return git;
  }

  private static String listedAsOf(Store store, Bytes partitionKey, long revision) {
    ByteArrayOutputStream listed = new ByteArrayOutputStream();
    ScanPage page = store.scan(ScanRequest.of(partitionKey, ScanOptions.all().withBatchSize(10_000)
        .withConsistency(new Consistency.AsOf(new Moment.Revision(revision)))), PATIENCE).join();
    assertThat(page.more()).isFalse();
    for (Entry entry : page.entries()) {
      listed.writeBytes(entry.value().unsafeArray());
      listed.write('\t');
      listed.writeBytes(entry.key().unsafeArray());
      listed.write(0);
    }
    return listed.toString(StandardCharsets.ISO_8859_1);
  }

  /** Keeps the revision of each commit. */
  private record Told(Map<String, Long> revisions) implements ImportListener {
    @Override
    public void started(Bytes partitionKey, long fromIndex, long commitsAhead) {}

    @Override
    public void advanced(long commits, long changes) {}

    @Override
    public void retrying(String why) {}

    @Override
    public void imported(String oid, long revision) {
      revisions.put(oid, revision);
    }
  }
}
