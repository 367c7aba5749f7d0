package io.logfold.standalone.cli;

import io.logfold.api.ClusterView;
import io.logfold.api.Store;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

@Command(name = "cluster", description = "Print nodes and partitions as the asked node sees them.")
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
    List<List<String>> nodes = new ArrayList<>(List.of(List.of("NODE", "ADDRESS")));
    view.nodes().forEach(node -> nodes.add(List.of(node.node(), node.address())));
    TextTable.lines(nodes).forEach(io::line);
    io.line("");
    List<List<String>> partitions = new ArrayList<>(List.of(List.of("PARTITION", "LEADER", "STATE", "TOKEN",
        "COMMITTED", "PROJECTED", "BEHIND", "LEASE MS", "MEMTABLE B", "SKIPPED")));
    for (ClusterView.Partition p : view.partitionViews()) {
      partitions.add(List.of("" + p.partition(), p.leader().isEmpty() ? "-" : p.leader(), p.state(),
          p.token() < 0 ? "-" : "" + p.token(), "" + p.committed(), "" + p.projected(),
          "" + (p.committed() - p.projected()), "" + p.leaseLeftMs(), "" + p.memtableBytes(), "" + p.skippedRecords()));
    }
    TextTable.lines(partitions).forEach(io::line);
    return ExitCodes.OK;
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
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("partitionViews");
      for (ClusterView.Partition p : view.partitionViews()) {
        json.writeStartObject();
        json.writeNumberField("partition", p.partition());
        json.writeStringField("leader", p.leader());
        json.writeStringField("state", p.state());
        json.writeNumberField("token", p.token());
        json.writeNumberField("committed", p.committed());
        json.writeNumberField("projected", p.projected());
        json.writeNumberField("leaseLeftMs", p.leaseLeftMs());
        json.writeNumberField("memtableBytes", p.memtableBytes());
        json.writeNumberField("skippedRecords", p.skippedRecords());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }
}
