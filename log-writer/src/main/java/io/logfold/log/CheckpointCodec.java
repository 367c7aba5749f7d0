package io.logfold.log;

import com.google.protobuf.InvalidProtocolBufferException;
import io.logfold.api.Bytes;
import io.logfold.api.StoreException;
import io.logfold.log.wire.CheckpointRecord;
import io.logfold.log.wire.FoldPoint;
import java.util.Optional;

/** {@link Checkpoint} to and from the bytes that a table keeps (CheckpointRecord in log.proto). Stateless. */
public final class CheckpointCodec {
  private CheckpointCodec() {}

  public static Bytes encode(Checkpoint checkpoint) {
    return Bytes.wrap(CheckpointRecord.newBuilder()
        .setAt(point(checkpoint.at()))
        .setAnchor(point(checkpoint.anchor()))
        .build()
        .toByteArray());
  }

  /** @throws IllegalArgumentException where the bytes are no checkpoint: the table is damaged, or not one of ours */
  public static Checkpoint decode(Bytes bytes) {
    try {
      CheckpointRecord wire = CheckpointRecord.parseFrom(bytes.unsafeArray());
      if (!wire.hasAt() || !wire.hasAnchor()) {
        throw new IllegalArgumentException("it has no " + (wire.hasAt() ? "anchor" : "position"));
      }
      return new Checkpoint(state(wire.getAt()), state(wire.getAnchor()));
    } catch (InvalidProtocolBufferException | IllegalArgumentException | StoreException e) {
      throw new IllegalArgumentException("these " + bytes.size() + " bytes are not a checkpoint (" + e.getMessage()
          + "): the table is damaged or is not a Logfold table; restore it, or project into an empty one", e);
    }
  }

  private static FoldPoint point(FoldState state) {
    FoldPoint.Builder wire = FoldPoint.newBuilder()
        .setStore(state.store())
        .setPartition(state.partition())
        .setPosition(state.position())
        .setToken(state.token())
        .setLsn(state.lsn())
        .setLastValidOffset(state.lastValidOffset())
        .setHash(RecordCodec.wrap(state.hash().bytes()))
        .setLogTimeMs(state.logTimeMs())
        .setLeaderNode(state.leaderNode())
        .setLeaderAddress(state.leaderAddress())
        .setServing(state.serving());
    state.policies().all().forEach(policy -> wire.addPolicies(RecordCodec.policy(policy)));
    state.redacted().forEach(keyId -> wire.addRedacted(RecordCodec.wrap(keyId)));
    state.genesis().ifPresent(genesis -> wire.setGenesis(RecordCodec.genesis(genesis)));
    return wire.build();
  }

  private static FoldState state(FoldPoint wire) {
    Optional<GenesisConfig> genesis =
        wire.hasGenesis() ? Optional.of(RecordCodec.config(wire.getGenesis())) : Optional.empty();
    return new FoldState(wire.getStore(), wire.getPartition(), wire.getPosition(), wire.getToken(), wire.getLsn(),
        wire.getLastValidOffset(), RecordCodec.hash(wire.getHash()), wire.getLogTimeMs(), genesis,
        wire.getLeaderNode(), wire.getLeaderAddress(), wire.getServing(),
        PolicySet.of(wire.getPoliciesList().stream().map(RecordCodec::policy).toList()),
        wire.getRedactedList().stream().map(RecordCodec::bytes).toList());
  }
}
