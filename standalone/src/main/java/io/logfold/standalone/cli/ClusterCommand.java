package io.logfold.standalone.cli;

import io.logfold.api.ClusterView;
import io.logfold.api.Store;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

@Command(name = "cluster", description = "Print nodes and partitions: who leads what since which token, and how far the others are.")
final class ClusterCommand extends StoreCommand {
  ClusterCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(Store store) {
    ClusterView view = await(store.cluster(options.call()));
    if (options.json) {
      printJson(view);
      return ExitCodes.OK;
    }
    io.line("store " + view.store() + ", " + view.partitions() + " partitions by " + view.keyHash() + ", table "
        + view.table());
    io.line("");
    List<List<String>> nodes = new ArrayList<>(List.of(List.of("NODE", "ADDRESS", "REACHABLE")));
    view.nodes().forEach(node -> nodes.add(List.of(node.node(), node.address(), node.reachable() ? "yes" : "NO")));
    TextTable.lines(nodes).forEach(io::line);
    io.line("");
    TextTable.lines(partitions(view)).forEach(io::line);
    return ExitCodes.OK;
  }

  /** A line for each partition, in its leader's own view where there is one; the others' are the lags at its end. */
  private static List<List<String>> partitions(ClusterView view) {
    boolean others = view.nodes().size() > 1;
    List<List<String>> rows = new ArrayList<>();
    rows.add(row(others, List.of("PARTITION", "LEADER"), "AT", List.of("STATE", "TOKEN", "COMMITTED", "PROJECTED", "BEHIND",
        "LEASE MS"), "LAST MS AGO", List.of("MEMTABLE B", "SKIPPED"), "FOLLOWERS' LAG"));
    Map<Integer, List<ClusterView.Partition>> views = new TreeMap<>();
    view.partitionViews().forEach(each -> views.computeIfAbsent(each.partition(), p -> new ArrayList<>()).add(each));
    for (List<ClusterView.Partition> ofOne : views.values()) {
      ClusterView.Partition p = ofOne.stream().max(Comparator
          .<ClusterView.Partition, Boolean>comparing(each -> each.node().equals(each.leader()))
          .thenComparing(ClusterView.Partition::token)).orElseThrow();
      String lags = ofOne.stream().filter(each -> each != p)
          .map(each -> each.node() + " " + (each.lag() < 0 ? "?" : "" + each.lag())).collect(Collectors.joining(", "));
      rows.add(row(others, List.of("" + p.partition(), p.leader().isEmpty() ? "-" : p.leader()),
          p.leaderAddress().isEmpty() ? "-" : p.leaderAddress(),
          List.of(p.state(), p.token() < 0 ? "-" : "" + p.token(), "" + p.committed(), "" + p.projected(),
              "" + (p.committed() - p.projected()), "" + p.leaseLeftMs()),
          p.leaseAgeMs() < 0 ? "-" : "" + p.leaseAgeMs(), List.of("" + p.memtableBytes(), "" + p.skippedRecords()),
          lags.isEmpty() ? "-" : lags));
    }
    return rows;
  }

  /** A node without others is shown without the columns that are about them. */
  private static List<String> row(boolean others, List<String> who, String at, List<String> how, String age,
      List<String> memory, String lags) {
    List<String> row = new ArrayList<>(who);
    if (others) {
      row.add(at);
    }
    row.addAll(how);
    if (others) {
      row.add(age);
    }
    row.addAll(memory);
    if (others) {
      row.add(lags);
    }
    return row;
  }

  private void printJson(ClusterView view) {
    JsonOut.object(io, json -> {
      json.writeStringField("store", view.store());
      json.writeNumberField("partitions", view.partitions());
      json.writeStringField("keyHash", view.keyHash());
      json.writeStringField("table", view.table());
      json.writeArrayFieldStart("nodes");
      for (ClusterView.Node node : view.nodes()) {
        json.writeStartObject();
        json.writeStringField("node", node.node());
        json.writeStringField("address", node.address());
        json.writeBooleanField("reachable", node.reachable());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("partitionViews");
      for (ClusterView.Partition p : view.partitionViews()) {
        json.writeStartObject();
        json.writeNumberField("partition", p.partition());
        json.writeStringField("node", p.node());
        json.writeStringField("leader", p.leader());
        json.writeStringField("leaderAddress", p.leaderAddress());
        json.writeStringField("state", p.state());
        json.writeNumberField("token", p.token());
        json.writeNumberField("committed", p.committed());
        json.writeNumberField("projected", p.projected());
        json.writeNumberField("lag", p.lag());
        json.writeNumberField("leaseLeftMs", p.leaseLeftMs());
        json.writeNumberField("leaseAgeMs", p.leaseAgeMs());
        json.writeNumberField("memtableBytes", p.memtableBytes());
        json.writeNumberField("skippedRecords", p.skippedRecords());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }
}
