package io.logfold.api.wire;

import io.logfold.api.Bytes;
import io.logfold.api.DiffRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.api.RequestId;
import io.logfold.api.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Questions about the past, their answers, and what watches tell, to and from the wire. Pure; any thread. Requests are refused
 * as {@link WireRequests} does it, answers as {@link WireResults} does.
 */
public final class WirePast {
  private WirePast() {}

  public static History encode(HistoryRequest request) {
    History.Builder wire = History.newBuilder()
        .setOldestFirst(request.oldestFirst())
        .setPageSize(request.pageSize())
        .setCursor(request.cursor().orElse(""));
    switch (request.scope()) {
      case HistoryScope.OfKey one -> wire.setPartitionKey(WireBytes.encode(one.partitionKey()))
          .setKey(WireBytes.encode(one.key()));
      case HistoryScope.OfPrefix some -> wire.setPartitionKey(WireBytes.encode(some.partitionKey()))
          .setPrefix(WireBytes.encode(some.prefix()));
      case HistoryScope.OfPrincipal who -> wire.setPrincipal(who.principal());
    }
    request.fromMs().ifPresent(wire::setFromMs);
    request.toMs().ifPresent(wire::setToMs);
    request.afterRevision().ifPresent(wire::setAfterRevision);
    return wire.build();
  }

  public static HistoryRequest decode(History wire) {
    HistoryScope scope = switch (wire.getScopeCase()) {
      case KEY -> new HistoryScope.OfKey(WireBytes.decode(wire.getPartitionKey()), WireBytes.decode(wire.getKey()));
      case PREFIX ->
          new HistoryScope.OfPrefix(WireBytes.decode(wire.getPartitionKey()), WireBytes.decode(wire.getPrefix()));
      case PRINCIPAL -> {
        if (!wire.getPartitionKey().isEmpty()) {
          throw new StoreException(ErrorCode.INVALID_ARGUMENT,
              "the history of a principal is that of the whole store: leave the partition key empty");
        }
        yield new HistoryScope.OfPrincipal(wire.getPrincipal());
      }
      case SCOPE_NOT_SET -> throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "a history is of a key, a prefix or a principal; got none of them");
    };
    return new HistoryRequest(scope,
        wire.hasFromMs() ? Optional.of(wire.getFromMs()) : Optional.empty(),
        wire.hasToMs() ? Optional.of(wire.getToMs()) : Optional.empty(),
        wire.getOldestFirst(), wire.getPageSize() == 0 ? HistoryRequest.DEFAULT_PAGE_SIZE : wire.getPageSize(),
        present(wire.getCursor()), wire.hasAfterRevision() ? Optional.of(wire.getAfterRevision()) : Optional.empty());
  }

  public static HistoryPage encode(io.logfold.api.HistoryPage page) {
    HistoryPage.Builder wire = HistoryPage.newBuilder().setNext(page.next().orElse(""));
    for (io.logfold.api.Change change : page.changes()) {
      wire.addChanges(encode(change));
    }
    return wire.build();
  }

  public static io.logfold.api.HistoryPage decode(HistoryPage wire) {
    List<io.logfold.api.Change> changes = new ArrayList<>(wire.getChangesCount());
    for (Change change : wire.getChangesList()) {
      changes.add(decode(change));
    }
    return new io.logfold.api.HistoryPage(changes, present(wire.getNext()));
  }

  public static Change encode(io.logfold.api.Change change) {
    Change.Builder wire = Change.newBuilder()
        .setPartitionKey(WireBytes.encode(change.partitionKey()))
        .setKey(WireBytes.encode(change.key()))
        .setRevision(change.revision())
        .setPreviousRevision(change.previousRevision())
        .setKind(switch (change.kind()) {
          case PUT -> ChangeKind.CHANGE_KIND_PUT;
          case DELETE -> ChangeKind.CHANGE_KIND_DELETE;
          case REDACT -> ChangeKind.CHANGE_KIND_REDACT;
        })
        .setRedactedBy(change.redactedBy())
        .setTimeMs(change.timeMs())
        .setProvenance(Provenance.newBuilder()
            .setPrincipal(change.provenance().principal())
            .setReason(change.provenance().reason())
            .setSource(change.provenance().source()))
        .setRequestId(WireBytes.encode(change.requestId().bytes()));
    change.value().ifPresent(value -> wire.setValue(WireBytes.encode(value)));
    return wire.build();
  }

  public static io.logfold.api.Change decode(Change wire) {
    Provenance said = wire.getProvenance();
    return new io.logfold.api.Change(WireBytes.decode(wire.getPartitionKey()), WireBytes.decode(wire.getKey()),
        wire.getRevision(), wire.getPreviousRevision(), switch (wire.getKind()) {
          case CHANGE_KIND_PUT -> io.logfold.api.Change.Kind.PUT;
          case CHANGE_KIND_DELETE -> io.logfold.api.Change.Kind.DELETE;
          case CHANGE_KIND_REDACT -> io.logfold.api.Change.Kind.REDACT;
          case CHANGE_KIND_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException(
              "a change of kind " + wire.getKindValue() + ", which this version does not know");
        },
        wire.hasValue() ? Optional.of(WireBytes.decode(wire.getValue())) : Optional.empty(), wire.getRedactedBy(),
        wire.getTimeMs(), new io.logfold.api.Provenance(said.getPrincipal(), said.getReason(), said.getSource()),
        RequestId.of(WireBytes.decode(wire.getRequestId())));
  }

  public static Diff encode(DiffRequest request) {
    Diff.Builder wire = Diff.newBuilder()
        .setPartitionKey(WireBytes.encode(request.partitionKey()))
        .setStart(WireBytes.encode(request.range().startInclusive()))
        .setFrom(WireMoments.encode(request.from()))
        .setTo(WireMoments.encode(request.to()))
        .setPageSize(request.pageSize())
        .setCursor(request.cursor().orElse(""));
    request.range().endExclusive().ifPresent(end -> wire.setEnd(WireBytes.encode(end)));
    return wire.build();
  }

  public static DiffRequest decode(Diff wire) {
    Bytes partitionKey = Limits.checkPartitionKey(WireBytes.decode(wire.getPartitionKey()));
    KeyRange range = new KeyRange(WireBytes.decode(wire.getStart()),
        wire.hasEnd() ? Optional.of(WireBytes.decode(wire.getEnd())) : Optional.empty());
    return new DiffRequest(partitionKey, range, WireMoments.decode(wire.getFrom()), WireMoments.decode(wire.getTo()),
        wire.getPageSize() == 0 ? DiffRequest.DEFAULT_PAGE_SIZE : wire.getPageSize(), present(wire.getCursor()));
  }

  public static DiffPage encode(io.logfold.api.DiffPage page) {
    DiffPage.Builder wire = DiffPage.newBuilder()
        .setFromRevision(page.fromRevision())
        .setToRevision(page.toRevision())
        .setNext(page.next().orElse(""));
    for (io.logfold.api.DiffPage.Difference difference : page.differences()) {
      wire.addDifferences(Difference.newBuilder()
          .setKey(WireBytes.encode(difference.key()))
          .setBefore(WireResults.encode(difference.before()))
          .setAfter(WireResults.encode(difference.after())));
    }
    return wire.build();
  }

  public static io.logfold.api.DiffPage decode(DiffPage wire) {
    List<io.logfold.api.DiffPage.Difference> differences = new ArrayList<>(wire.getDifferencesCount());
    for (Difference difference : wire.getDifferencesList()) {
      differences.add(new io.logfold.api.DiffPage.Difference(WireBytes.decode(difference.getKey()),
          WireResults.decode(difference.getBefore()), WireResults.decode(difference.getAfter())));
    }
    return new io.logfold.api.DiffPage(differences, wire.getFromRevision(), wire.getToRevision(), present(wire.getNext()));
  }

  public static WatchRequest encode(io.logfold.api.WatchRequest request) {
    WatchRequest.Builder wire = WatchRequest.newBuilder().setPartitionKey(WireBytes.encode(request.partitionKey()));
    switch (request.scope()) {
      case HistoryScope.OfKey one -> wire.setKey(WireBytes.encode(one.key()));
      case HistoryScope.OfPrefix some -> wire.setPrefix(WireBytes.encode(some.prefix()));
      case HistoryScope.OfPrincipal refused -> throw new IllegalStateException("refused when it was made");
    }
    request.afterRevision().ifPresent(wire::setAfterRevision);
    return wire.build();
  }

  public static io.logfold.api.WatchRequest decode(WatchRequest wire) {
    Bytes partitionKey = Limits.checkPartitionKey(WireBytes.decode(wire.getPartitionKey()));
    return new io.logfold.api.WatchRequest(wire.hasKey()
        ? new HistoryScope.OfKey(partitionKey, WireBytes.decode(wire.getKey()))
        : new HistoryScope.OfPrefix(partitionKey, WireBytes.decode(wire.getPrefix())),
        wire.hasAfterRevision() ? Optional.of(wire.getAfterRevision()) : Optional.empty());
  }

  public static WatchEvent encode(io.logfold.api.WatchEvent event) {
    WatchEvent.Builder wire = WatchEvent.newBuilder().setResumeAfter(event.resumeAfter());
    switch (event) {
      case io.logfold.api.WatchEvent.Changed changed -> wire.setChanged(encode(changed.change()));
      case io.logfold.api.WatchEvent.Progress progress -> wire.setProgress(
          WatchProgress.newBuilder().setRevision(progress.revision()).setTimeMs(progress.timeMs()));
    }
    return wire.build();
  }

  public static io.logfold.api.WatchEvent decode(WatchEvent wire) {
    return switch (wire.getKindCase()) {
      case CHANGED -> new io.logfold.api.WatchEvent.Changed(decode(wire.getChanged()), wire.getResumeAfter());
      case PROGRESS -> new io.logfold.api.WatchEvent.Progress(
          wire.getProgress().getRevision(), wire.getProgress().getTimeMs());
      case KIND_NOT_SET -> throw new IllegalArgumentException("an event of a watch of no kind that this version knows");
    };
  }

  private static Optional<String> present(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
