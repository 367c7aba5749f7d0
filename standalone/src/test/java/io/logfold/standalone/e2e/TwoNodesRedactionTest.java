package io.logfold.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.BlockingStore;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.Change;
import io.logfold.api.Consistency;
import io.logfold.api.GetRequest;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.Versioned;
import io.logfold.api.client.LogfoldClient;
import io.logfold.log.testing.BrokerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two server processes with one master key: what is redacted through either is redacted at both, over gRPC. */
@Timeout(240)
class TwoNodesRedactionTest {
  private static final CallOptions PATIENT = CallOptions.timeoutMs(60_000);

  @TempDir Path folder;

  private Path config(String node, BrokerProcess broker) throws Exception {
    return Files.writeString(folder.resolve(node + ".properties"), "store=shared\nnode=" + node + "\npartitions=2\ndata="
        + folder.resolve(node) + "\nkafka.bootstrap.servers=127.0.0.1:" + broker.port()
        + "\nkafka.relaxed=true\nlisten.port=0\nprincipal.source=header\nredaction.master-key-file=" + folder.resolve("master") + "\n");
  }

  private static Optional<Versioned> read(BlockingStore store, Consistency consistency, String partitionKey) {
    return store.store().get(new GetRequest(Bytes.utf8(partitionKey), List.of(Bytes.utf8("name")), consistency), PATIENT).join()
        .entries().getFirst();
  }

  @Test
  void whatIsRedactedThroughOneNodeIsRedactedAtTheOther() throws Exception {
    CommandLine nowhere = new CommandLine("http://127.0.0.1:1");
    nowhere.run("policy", "master-key", folder.resolve("master").toString()).ok();
    try (BrokerProcess broker = BrokerProcess.start(folder.resolve("broker"))) {
      nowhere.run("topic", "create", "--config", config("n1", broker).toString(), "--replication", "1").ok();
      try (NodeProcess n1 = NodeProcess.server(config("n1", broker)); NodeProcess n2 = NodeProcess.server(config("n2", broker));
          BlockingStore first = new BlockingStore(LogfoldClient.connect(n1.awaitUrl()));
          BlockingStore second = new BlockingStore(LogfoldClient.connect(n2.awaitUrl()))) {
        List<CommandLine> nodes = List.of(new CommandLine(n1.awaitUrl()), new CommandLine(n2.awaitUrl()));
        nodes.get(1).run("policy", "set", "people", "--prefix", "people/", "--redactable", "--reason", "rule 7").ok();
        // Of both partitions, whoever leads them; each through the one and then the other node.
        for (int i = 0; i < 8; i++) {
          String person = "people/" + i;
          long revision = first.set(Bytes.utf8(person), Bytes.utf8("name"), Bytes.utf8("Ada"));
          for (BlockingStore store : List.of(first, second)) {
            assertThat(read(store, Consistency.READ_INDEX, person)).contains(new Versioned(Bytes.utf8("Ada"), revision));
          }
          assertThat(nodes.get(i % 2).run("redact", person, "name", "--revision", Long.toString(revision), "--reason", "erasure")
              .ok()).startsWith("redacted by revision ");
          for (BlockingStore store : List.of(first, second)) {
            for (Consistency level : List.of(Consistency.LINEARIZABLE, Consistency.READ_INDEX,
                new Consistency.AsOf(new io.logfold.api.Moment.Revision(revision)))) {
              assertThat(read(store, level, person)).as("%s of %s", level, person)
                  .contains(new Versioned(Bytes.EMPTY, revision, true));
            }
            Change change = store.store().history(HistoryRequest.of(new HistoryScope.OfKey(Bytes.utf8(person),
                Bytes.utf8("name"))), PATIENT).join().changes().getLast();
            assertThat(change.value()).isEmpty();
            assertThat(change.redactedBy()).isGreaterThan(revision);
          }
        }
      }
    }
  }
}
