package io.logfold.query.server.rest;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import io.logfold.api.Bytes;
import io.logfold.api.DiffRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.KeyRange;
import io.logfold.api.Limits;
import io.logfold.api.Moment;
import io.logfold.api.Moments;
import io.logfold.api.StoreException;
import io.logfold.api.WatchRequest;
import io.netty.util.AsciiString;
import java.util.Optional;
import java.util.Set;

/** Questions about the past, and watches, as their request lines say them. */
final class PastRequests {
  private static final AsciiString LAST_EVENT_ID = HttpHeaderNames.of("last-event-id");

  private static final Set<String> PRINCIPAL_PARAMETERS = Set.of("principal", "from", "to", "limit", "cursor", "order");
  private static final Set<String> KEY_PARAMETERS =
      Set.of("encoding", "from", "to", "limit", "cursor", "order", "after-revision");
  private static final Set<String> PREFIX_PARAMETERS =
      Set.of("encoding", "prefix", "from", "to", "limit", "cursor", "order", "after-revision");
  private static final Set<String> DIFF_PARAMETERS = Set.of("encoding", "prefix", "from", "to", "limit", "cursor");
  private static final Set<String> WATCH_PARAMETERS = Set.of("encoding", "key", "prefix", "after");

  private PastRequests() {}

  static Optional<Moment> asOf(RequestTarget target) {
    return target.text("as-of").map(text -> Moments.parse("as-of", text));
  }

  /** {@code /v1/history?principal=}, {@code /v1/history/PK} and {@code /v1/history/PK/KEY}. */
  static HistoryRequest history(RequestTarget target) {
    HistoryScope scope = switch (target.size()) {
      case 2 -> {
        target.checkParameters(PRINCIPAL_PARAMETERS);
        yield new HistoryScope.OfPrincipal(target.text("principal").orElseThrow(() -> invalid("/v1/history needs"
            + " ?principal=WHO; the history of a partition key is at /v1/history/PARTITION-KEY")));
      }
      case 3 -> {
        target.checkParameters(PREFIX_PARAMETERS);
        yield new HistoryScope.OfPrefix(target.keySegment(2, "partitionKey"), target.key("prefix").orElse(Bytes.EMPTY));
      }
      default -> {
        target.checkParameters(KEY_PARAMETERS);
        Bytes partitionKey = target.keySegment(2, "partitionKey");
        yield new HistoryScope.OfKey(partitionKey, target.keySegment(3, "key"));
      }
    };
    String order = target.text("order").orElse("newest");
    if (!order.equals("newest") && !order.equals("oldest")) {
      throw invalid("order must be newest (which comes first; the default) or oldest, got '" + order + "'");
    }
    return new HistoryRequest(scope, time(target, "from"), time(target, "to"), order.equals("oldest"),
        target.limit(HistoryRequest.DEFAULT_PAGE_SIZE), target.text("cursor"),
        target.text("after-revision").map(text -> revision("after-revision", text)));
  }

  static DiffRequest diff(RequestTarget target) {
    target.checkParameters(DIFF_PARAMETERS);
    Bytes partitionKey = Limits.checkPartitionKey(target.keySegment(2, "partitionKey"));
    return new DiffRequest(partitionKey, target.key("prefix").map(KeyRange::prefix).orElse(KeyRange.ALL),
        moment(target, "from"), moment(target, "to"), target.limit(DiffRequest.DEFAULT_PAGE_SIZE), target.text("cursor"));
  }

  /** Behind the event that the browser saw last, where it comes back; it asks with the URL it began with. */
  static WatchRequest watch(RequestTarget target, RequestHeaders headers) {
    target.checkParameters(WATCH_PARAMETERS);
    Bytes partitionKey = Limits.checkPartitionKey(target.keySegment(2, "partitionKey"));
    Optional<Bytes> key = target.key("key");
    Optional<Bytes> prefix = target.key("prefix");
    if (key.isPresent() && prefix.isPresent()) {
      throw invalid("key and prefix exclude each other, got " + key.get() + " and " + prefix.get());
    }
    HistoryScope scope = key.isPresent() ? new HistoryScope.OfKey(partitionKey, key.get())
        : new HistoryScope.OfPrefix(partitionKey, prefix.orElse(Bytes.EMPTY));
    String last = headers.get(LAST_EVENT_ID);
    return new WatchRequest(scope, last != null && !last.isBlank() ? Optional.of(revision("Last-Event-ID", last.strip()))
        : target.text("after").map(text -> revision("after", text)));
  }

  private static Optional<Long> time(RequestTarget target, String parameter) {
    return target.text(parameter).map(text -> Moments.parseTimeMs(parameter, text));
  }

  private static Moment moment(RequestTarget target, String parameter) {
    return Moments.parse(parameter, target.text(parameter).orElseThrow(() -> invalid("a diff is between two moments: say"
        + " from and to, each a revision or a time; " + parameter + " is missing")));
  }

  private static long revision(String field, String text) {
    if (!text.matches("\\d{1,18}")) {
      throw invalid(field + " must be a revision, got '" + RequestTarget.shortened(text) + "'");
    }
    return Long.parseLong(text);
  }

  private static StoreException invalid(String message) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
