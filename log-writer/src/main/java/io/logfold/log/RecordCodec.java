package io.logfold.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import io.logfold.api.Bytes;
import io.logfold.api.Mutation;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.log.wire.Record;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@link LogRecord} to and from the bytes that lie in the log (log.proto).
 *
 * <p>Decoding never throws, whatever the bytes: anybody can write anything to a topic, and a reader that stops there
 * would be stopped by a stranger. What a record's constructors refuse is undecodable, so the limits of format 1
 * ({@link io.logfold.api.Limits}) belong to the format: to widen one is a new format, or older readers would judge
 * otherwise. Unknown fields are ignored; an unknown kind of record, mutation or outcome is undecodable.
 *
 * <p>Stateless, safe for all threads. Encoding copies each value once, decoding likewise.
 */
public final class RecordCodec {

  /** What bytes turned out to be. */
  public sealed interface Decoded {
    record Ok(LogRecord record) implements Decoded {}

    /** Of a format that this code does not know; store and partition are where they are in every format. */
    record Newer(String store, int partition, int format) implements Decoded {}

    record Undecodable(String why) implements Decoded {}
  }

  private RecordCodec() {}

  /** @throws IllegalArgumentException where the header asks for a format that this code does not write */
  public static Bytes encode(LogRecord record) {
    RecordHeader header = record.header();
    if (header.format() != RecordHeader.FORMAT) {
      throw new IllegalArgumentException(
          "this version writes format " + RecordHeader.FORMAT + ", the record asks for " + header.format());
    }
    Record.Builder wire = Record.newBuilder()
        .setStore(header.store())
        .setPartition(header.partition())
        .setFormat(header.format())
        .setPrevHash(wrap(header.prevHash().bytes()));
    switch (record) {
      case LogRecord.Genesis genesis -> wire.setGenesis(genesis(genesis.config()));
      case LogRecord.Claim claim -> wire.setClaim(io.logfold.log.wire.Claim.newBuilder()
          .setNode(claim.node())
          .setAddress(claim.address())
          .setPrevToken(claim.prevToken())
          .setBasis(claim.basis())
          .setNonce(claim.nonce()));
      case LogRecord.Event event -> wire.setEvent(event(event));
      case LogRecord.Renew renew -> wire.setRenew(io.logfold.log.wire.Renew.newBuilder()
          .setToken(renew.token())
          .setLsn(renew.lsn())
          .setTimeMs(renew.timeMs()));
      case LogRecord.Barrier barrier -> wire.setBarrier(io.logfold.log.wire.Barrier.newBuilder()
          .setToken(barrier.token())
          .setLsn(barrier.lsn())
          .setTimeMs(barrier.timeMs()));
      case LogRecord.Resign resign -> wire.setResign(io.logfold.log.wire.Resign.newBuilder()
          .setToken(resign.token())
          .setLsn(resign.lsn())
          .setTimeMs(resign.timeMs())
          .setSuccessor(resign.successor()));
    }
    return Bytes.wrap(wire.build().toByteArray());
  }

  /** Never throws. */
  public static Decoded decode(Bytes bytes) {
    try {
      CodedInputStream input = wrap(bytes).newCodedInput();
      // The bytes never change, so that values may point into them until they are copied out, once.
      input.enableAliasing(true);
      Record wire = Record.parseFrom(input);
      input.checkLastTagWas(0);
      if (wire.getFormat() > RecordHeader.FORMAT) {
        return new Decoded.Newer(wire.getStore(), wire.getPartition(), wire.getFormat());
      }
      return new Decoded.Ok(record(wire));
    } catch (IOException e) {
      return newerOr(bytes, new Decoded.Undecodable("not a record: " + e.getMessage()));
    } catch (StoreException | IllegalArgumentException e) {
      return new Decoded.Undecodable("not a legal record: " + e.getMessage());
    }
  }

  /**
   * A newer format may have changed all but the header's first three fields: they alone are looked at. Whatever
   * follows behind the three, or cannot be skipped, does not matter.
   */
  private static Decoded newerOr(Bytes bytes, Decoded otherwise) {
    String store = "";
    int partition = 0;
    int format = 0;
    try {
      CodedInputStream input = wrap(bytes).newCodedInput();
      for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
        switch (tag) {
          case (Record.STORE_FIELD_NUMBER << 3) | WireFormat.WIRETYPE_LENGTH_DELIMITED ->
              store = input.readStringRequireUtf8();
          case (Record.PARTITION_FIELD_NUMBER << 3) | WireFormat.WIRETYPE_VARINT -> partition = input.readInt32();
          case (Record.FORMAT_FIELD_NUMBER << 3) | WireFormat.WIRETYPE_VARINT -> format = input.readInt32();
          default -> {
            if (!input.skipField(tag)) {
              return otherwise;
            }
          }
        }
      }
    } catch (IOException e) {
      // What was read before is judged below.
      return format > RecordHeader.FORMAT ? new Decoded.Newer(store, partition, format) : otherwise;
    }
    return format > RecordHeader.FORMAT ? new Decoded.Newer(store, partition, format) : otherwise;
  }

  private static LogRecord record(Record wire) throws InvalidProtocolBufferException {
    if (wire.getFormat() < 1) {
      throw malformed("format is " + wire.getFormat() + ", expected 1 or more");
    }
    RecordHeader header =
        new RecordHeader(wire.getStore(), wire.getPartition(), wire.getFormat(), hash(wire.getPrevHash()));
    return switch (wire.getBodyCase()) {
      case GENESIS -> new LogRecord.Genesis(header, config(wire.getGenesis()));
      case CLAIM -> {
        var claim = wire.getClaim();
        yield new LogRecord.Claim(
            header, claim.getNode(), claim.getAddress(), claim.getPrevToken(), claim.getBasis(), claim.getNonce());
      }
      case EVENT -> event(header, wire.getEvent());
      case RENEW -> {
        var renew = wire.getRenew();
        yield new LogRecord.Renew(header, renew.getToken(), renew.getLsn(), renew.getTimeMs());
      }
      case BARRIER -> {
        var barrier = wire.getBarrier();
        yield new LogRecord.Barrier(header, barrier.getToken(), barrier.getLsn(), barrier.getTimeMs());
      }
      case RESIGN -> {
        var resign = wire.getResign();
        yield new LogRecord.Resign(
            header, resign.getToken(), resign.getLsn(), resign.getTimeMs(), resign.getSuccessor());
      }
      case BODY_NOT_SET -> throw malformed("it has no body, or one of an unknown kind");
    };
  }

  static io.logfold.log.wire.Genesis genesis(GenesisConfig config) {
    return io.logfold.log.wire.Genesis.newBuilder()
        .setPartitions(config.partitions())
        .setKeyHash(config.keyHash())
        .setTtlMs(config.ttlMs())
        .setDriftPermille(config.driftPermille())
        .setDedupeWindowMs(config.dedupeWindowMs())
        .setDedupeMax(config.dedupeMax())
        .build();
  }

  static GenesisConfig config(io.logfold.log.wire.Genesis wire) {
    return new GenesisConfig(wire.getPartitions(), wire.getKeyHash(), wire.getTtlMs(), wire.getDriftPermille(),
        wire.getDedupeWindowMs(), wire.getDedupeMax());
  }

  private static io.logfold.log.wire.Event event(LogRecord.Event event) {
    var wire = io.logfold.log.wire.Event.newBuilder()
        .setToken(event.token())
        .setLsn(event.lsn())
        .setRequestId(wrap(event.request().id().bytes()))
        .setAttempt(event.request().attempt())
        .setRequestTimeMs(event.request().timeMs())
        .setTimeMs(event.timeMs())
        .setPrincipal(event.provenance().principal())
        .setReason(event.provenance().reason())
        .setSource(event.provenance().source())
        .setPartitionKey(wrap(event.partitionKey()))
        .setOutcome(outcome(event.outcome()));
    for (Mutation mutation : event.mutations()) {
      var change = io.logfold.log.wire.Mutation.newBuilder().setKey(wrap(mutation.key()));
      wire.addMutations(switch (mutation) {
        case Mutation.Put put -> change.setPut(wrap(put.value()));
        case Mutation.Delete delete -> change.setDelete(true);
      });
    }
    event.serve().ifPresent(wire::setServe);
    event.policy().ifPresent(change -> wire.setPolicy(policy(change)));
    event.redaction().ifPresent(redaction -> wire.setRedaction(redaction(redaction)));
    return wire.build();
  }

  private static LogRecord.Event event(RecordHeader header, io.logfold.log.wire.Event wire)
      throws InvalidProtocolBufferException {
    List<Mutation> mutations = new ArrayList<>(wire.getMutationsCount());
    for (io.logfold.log.wire.Mutation mutation : wire.getMutationsList()) {
      Bytes key = bytes(mutation.getKey());
      mutations.add(switch (mutation.getChangeCase()) {
        case PUT -> new Mutation.Put(key, bytes(mutation.getPut()));
        case DELETE -> {
          if (!mutation.getDelete()) {
            throw malformed("a mutation says delete = false");
          }
          yield new Mutation.Delete(key);
        }
        case CHANGE_NOT_SET -> throw malformed("a mutation is neither put nor delete");
      });
    }
    RequestInfo request =
        new RequestInfo(RequestId.of(bytes(wire.getRequestId())), wire.getAttempt(), wire.getRequestTimeMs());
    Provenance provenance = new Provenance(wire.getPrincipal(), wire.getReason(), wire.getSource());
    return new LogRecord.Event(header, wire.getToken(), wire.getLsn(), request, wire.getTimeMs(), provenance,
        bytes(wire.getPartitionKey()), mutations, outcome(wire.getOutcome()),
        Optional.of(wire.getServe()).filter(table -> !table.isEmpty()),
        wire.hasPolicy() ? Optional.of(policy(wire.getPolicy())) : Optional.empty(),
        wire.hasRedaction() ? Optional.of(redaction(wire.getRedaction())) : Optional.empty());
  }

  private static io.logfold.log.wire.PolicyChange policy(PolicyChange change) {
    var wire = io.logfold.log.wire.PolicyChange.newBuilder();
    return switch (change) {
      case PolicyChange.Put put -> wire.setPut(policy(put.policy())).build();
      case PolicyChange.Remove remove -> wire.setRemove(remove.name()).build();
    };
  }

  private static PolicyChange policy(io.logfold.log.wire.PolicyChange wire) throws InvalidProtocolBufferException {
    return switch (wire.getChangeCase()) {
      case PUT -> new PolicyChange.Put(policy(wire.getPut()));
      case REMOVE -> new PolicyChange.Remove(wire.getRemove());
      case CHANGE_NOT_SET -> throw malformed("a change of the policies neither puts nor removes one");
    };
  }

  static io.logfold.log.wire.Policy policy(Policy policy) {
    return io.logfold.log.wire.Policy.newBuilder()
        .setName(policy.name())
        .setPartitionKeyPrefix(wrap(policy.partitionKeyPrefix()))
        .setRequirePrincipal(policy.requirePrincipal())
        .setRequireReason(policy.requireReason())
        .setRedactable(policy.redactable())
        .build();
  }

  static Policy policy(io.logfold.log.wire.Policy wire) {
    return new Policy(wire.getName(), bytes(wire.getPartitionKeyPrefix()), wire.getRequirePrincipal(),
        wire.getRequireReason(), wire.getRedactable());
  }

  private static io.logfold.log.wire.Redaction redaction(Redaction redaction) {
    return io.logfold.log.wire.Redaction.newBuilder()
        .setKey(wrap(redaction.key()))
        .setRevision(redaction.revision())
        .setKeyId(wrap(redaction.keyId()))
        .build();
  }

  private static Redaction redaction(io.logfold.log.wire.Redaction wire) {
    return new Redaction(bytes(wire.getKey()), wire.getRevision(), bytes(wire.getKeyId()));
  }

  private static io.logfold.log.wire.Outcome outcome(Outcome outcome) {
    var wire = io.logfold.log.wire.Outcome.newBuilder();
    return switch (outcome) {
      case Outcome.Applied applied -> wire.setKind(io.logfold.log.wire.Outcome.Kind.APPLIED).build();
      case Outcome.Unchanged unchanged -> wire.setKind(io.logfold.log.wire.Outcome.Kind.UNCHANGED).build();
      case Outcome.Cancelled cancelled -> wire.setKind(io.logfold.log.wire.Outcome.Kind.CANCELLED).build();
      case Outcome.PredicateFailed failed -> wire.setKind(io.logfold.log.wire.Outcome.Kind.PREDICATE_FAILED)
          .setPredicateIndex(failed.index())
          .setRevision(failed.revision())
          .build();
    };
  }

  private static Outcome outcome(io.logfold.log.wire.Outcome wire) throws InvalidProtocolBufferException {
    return switch (wire.getKind()) {
      case APPLIED -> Outcome.APPLIED;
      case UNCHANGED -> Outcome.UNCHANGED;
      case CANCELLED -> Outcome.CANCELLED;
      case PREDICATE_FAILED -> new Outcome.PredicateFailed(wire.getPredicateIndex(), wire.getRevision());
      case UNRECOGNIZED -> throw malformed("outcome " + wire.getKindValue() + " is unknown");
    };
  }

  static ByteString wrap(Bytes bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes.unsafeArray());
  }

  static Bytes bytes(ByteString bytes) {
    return Bytes.wrap(bytes.toByteArray());
  }

  static Hash hash(ByteString bytes) {
    return new Hash(bytes(bytes));
  }

  private static InvalidProtocolBufferException malformed(String why) {
    return new InvalidProtocolBufferException(why);
  }
}
