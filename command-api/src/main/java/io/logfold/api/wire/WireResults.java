package io.logfold.api.wire;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Answers to and from the wire. Pure; any thread. What cannot be decoded (an answer of no known kind) throws
 * IllegalArgumentException: that is the other side's fault, never the caller's.
 */
public final class WireResults {
  /** The largest message either side sends or takes. */
  public static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

  private WireResults() {}

  public static GetResult encode(io.logfold.api.GetResult result) {
    GetResult.Builder wire = GetResult.newBuilder().setPosition(encode(result.position()));
    for (Optional<Versioned> entry : result.entries()) {
      wire.addEntries(encode(entry));
    }
    return wire.build();
  }

  static Found encode(Optional<Versioned> entry) {
    return entry
        .map(found -> Found.newBuilder().setPresent(true)
            .setValue(WireBytes.encode(found.value())).setRevision(found.revision())
            .setRedacted(found.redacted()).build())
        .orElse(Found.getDefaultInstance());
  }

  static Optional<Versioned> decode(Found found) {
    return found.getPresent()
        ? Optional.of(new Versioned(WireBytes.decode(found.getValue()), found.getRevision(), found.getRedacted()))
        : Optional.empty();
  }

  public static io.logfold.api.GetResult decode(GetResult wire) {
    List<Optional<Versioned>> entries = new ArrayList<>(wire.getEntriesCount());
    for (Found found : wire.getEntriesList()) {
      entries.add(decode(found));
    }
    return new io.logfold.api.GetResult(entries, decode(wire.getPosition()));
  }

  public static CommitResult encode(CommitOutcome outcome) {
    return switch (outcome) {
      case CommitOutcome.Applied applied -> CommitResult.newBuilder().setApplied(
          Applied.newBuilder().setRevision(applied.revision()).setChanged(applied.changed())).build();
      case CommitOutcome.PredicateFailed failed -> CommitResult.newBuilder().setPredicateFailed(
          PredicateFailed.newBuilder()
              .setIndex(failed.index())
              .setKey(WireBytes.encode(failed.key()))
              .setPresent(failed.currentRevision().isPresent())
              .setRevision(failed.currentRevision().orElse(0))).build();
    };
  }

  public static CommitOutcome decode(CommitResult wire) {
    return switch (wire.getOutcomeCase()) {
      case APPLIED -> new CommitOutcome.Applied(wire.getApplied().getRevision(), wire.getApplied().getChanged());
      case PREDICATE_FAILED -> {
        PredicateFailed failed = wire.getPredicateFailed();
        yield new CommitOutcome.PredicateFailed(failed.getIndex(), WireBytes.decode(failed.getKey()),
            failed.getPresent() ? OptionalLong.of(failed.getRevision()) : OptionalLong.empty());
      }
      case OUTCOME_NOT_SET -> throw new IllegalArgumentException("a commit's answer says nothing of its outcome");
    };
  }

  public static Resolution encode(io.logfold.api.Resolution resolution) {
    return switch (resolution) {
      case io.logfold.api.Resolution.Applied applied -> Resolution.newBuilder().setApplied(
          Applied.newBuilder().setRevision(applied.revision()).setChanged(applied.changed())).build();
      case io.logfold.api.Resolution.PredicateFailed failed -> Resolution.newBuilder().setPredicateFailed(
          PredicateFailed.newBuilder()
              .setIndex(failed.index())
              .setPresent(failed.revision().isPresent())
              .setRevision(failed.revision().orElse(0))).build();
      case io.logfold.api.Resolution.Cancelled cancelled -> Resolution.newBuilder().setCancelled(
          Cancelled.newBuilder().setRevision(cancelled.revision())).build();
    };
  }

  public static io.logfold.api.Resolution decode(Resolution wire) {
    return switch (wire.getOutcomeCase()) {
      case APPLIED -> new io.logfold.api.Resolution.Applied(
          wire.getApplied().getRevision(), wire.getApplied().getChanged());
      case PREDICATE_FAILED -> {
        PredicateFailed failed = wire.getPredicateFailed();
        yield new io.logfold.api.Resolution.PredicateFailed(failed.getIndex(),
            failed.getPresent() ? OptionalLong.of(failed.getRevision()) : OptionalLong.empty());
      }
      case CANCELLED -> new io.logfold.api.Resolution.Cancelled(wire.getCancelled().getRevision());
      case OUTCOME_NOT_SET -> throw new IllegalArgumentException("a resolution says nothing of its outcome");
    };
  }

  /**
   * A page that may hold fewer entries than it was given, with {@code more} set, so that it stays near maxBytes; it
   * always holds the first one.
   */
  public static ScanPage encode(io.logfold.api.ScanPage page, int maxBytes) {
    List<io.logfold.api.Entry> entries = page.entries();
    int fitting = ScanRows.fitting(entries, maxBytes);
    boolean whole = fitting == entries.size();
    ScanPage.Builder wire = ScanPage.newBuilder()
        .setRows(ScanRows.encode(whole ? entries : entries.subList(0, fitting)))
        .setMore(page.more() || !whole)
        .setPosition(encode(page.position()))
        .setSnapshotId(page.snapshotId().orElse(""));
    if (whole) {
      page.reached().ifPresent(reached -> wire.setReached(WireBytes.encode(reached)));
    }
    return wire.build();
  }

  /** @param partitionKey of the request: the wire does not repeat it in every row */
  public static io.logfold.api.ScanPage decode(ScanPage wire, Bytes partitionKey) {
    return new io.logfold.api.ScanPage(ScanRows.decode(wire.getRows(), partitionKey), wire.getMore(),
        decode(wire.getPosition()), wire.getSnapshotId().isEmpty() ? Optional.empty() : Optional.of(wire.getSnapshotId()),
        reached(wire.getReached()));
  }

  public static PartitionKeysPage encode(io.logfold.api.PartitionKeysPage page) {
    PartitionKeysPage.Builder wire = PartitionKeysPage.newBuilder().setMore(page.more());
    for (Bytes key : page.partitionKeys()) {
      wire.addPartitionKeys(WireBytes.encode(key));
    }
    page.reached().ifPresent(reached -> wire.setReached(WireBytes.encode(reached)));
    return wire.build();
  }

  public static io.logfold.api.PartitionKeysPage decode(PartitionKeysPage wire) {
    return new io.logfold.api.PartitionKeysPage(WireBytes.decode(wire.getPartitionKeysList()), wire.getMore(),
        reached(wire.getReached()));
  }

  private static Optional<Bytes> reached(com.google.protobuf.ByteString wire) {
    return wire.isEmpty() ? Optional.empty() : Optional.of(WireBytes.decode(wire));
  }

  public static ClusterView encode(io.logfold.api.ClusterView view) {
    ClusterView.Builder wire = ClusterView.newBuilder()
        .setStore(view.store()).setPartitions(view.partitions()).setKeyHash(view.keyHash()).setTable(view.table());
    for (io.logfold.api.ClusterView.Node node : view.nodes()) {
      wire.addNodes(NodeView.newBuilder().setNode(node.node()).setAddress(node.address())
          .setReachable(node.reachable()));
    }
    for (io.logfold.api.ClusterView.Partition partition : view.partitionViews()) {
      wire.addPartitionViews(PartitionView.newBuilder()
          .setPartition(partition.partition())
          .setNode(partition.node())
          .setLeader(partition.leader())
          .setLeaderAddress(partition.leaderAddress())
          .setState(partition.state())
          .setToken(encodeToken(partition.token()))
          .setCommitted(partition.committed())
          .setProjected(partition.projected())
          .setLag(partition.lag())
          .setLeaseLeftMs(partition.leaseLeftMs())
          .setLeaseAgeMs(partition.leaseAgeMs())
          .setMemtableBytes(partition.memtableBytes())
          .setSkippedRecords(partition.skippedRecords()));
    }
    return wire.build();
  }

  public static io.logfold.api.ClusterView decode(ClusterView wire) {
    List<io.logfold.api.ClusterView.Node> nodes = wire.getNodesList().stream()
        .map(node -> new io.logfold.api.ClusterView.Node(node.getNode(), node.getAddress(), node.getReachable()))
        .toList();
    List<io.logfold.api.ClusterView.Partition> partitions = wire.getPartitionViewsList().stream()
        .map(view -> new io.logfold.api.ClusterView.Partition(view.getPartition(), view.getNode(), view.getLeader(),
            view.getLeaderAddress(), view.getState(), decodeToken(view.getToken()), view.getCommitted(),
            view.getProjected(), view.getLag(), view.getLeaseLeftMs(), view.getLeaseAgeMs(), view.getMemtableBytes(),
            view.getSkippedRecords()))
        .toList();
    return new io.logfold.api.ClusterView(
        wire.getStore(), wire.getPartitions(), wire.getKeyHash(), wire.getTable(), nodes, partitions);
  }

  /** A token is a claim's offset and offset 0 is Genesis's, so that 0 can stand for "none" or "not known". */
  static long encodeToken(long token) {
    return Math.max(token, 0);
  }

  static long decodeToken(long token) {
    return token <= 0 ? -1 : token;
  }

  private static ReadPosition encode(io.logfold.api.ReadPosition position) {
    return ReadPosition.newBuilder()
        .setRevision(position.revision())
        .setPartition(position.partition())
        .setServedBy(position.servedBy())
        .build();
  }

  private static io.logfold.api.ReadPosition decode(ReadPosition wire) {
    return new io.logfold.api.ReadPosition(wire.getRevision(), wire.getPartition(), wire.getServedBy());
  }
}
