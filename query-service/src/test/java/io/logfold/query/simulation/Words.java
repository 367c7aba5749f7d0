package io.logfold.query.simulation;

import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.ScanPage;
import io.logfold.api.StoreException;
import io.logfold.log.LogRecord;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What happens, in short words for traces. */
final class Words {
  private Words() {}

  static String of(CommitRequest request) {
    String predicates = request.predicates().isEmpty() ? "" : " if " + request.predicates();
    return request.mutations().stream().map(Words::of).collect(Collectors.joining(", ")) + predicates + " attempt "
        + request.request().attempt() + " of " + shortId(request.request().id());
  }

  static String of(Mutation mutation) {
    return switch (mutation) {
      case Mutation.Put put -> put.key() + "=" + put.value();
      case Mutation.Delete delete -> "-" + delete.key();
    };
  }

  static String of(Consistency consistency) {
    return switch (consistency) {
      case Consistency.AtLeast atLeast -> "at-least " + atLeast.revision();
      case Consistency.Stale stale -> "stale " + stale.maxAge().toMillis() + " ms";
      default -> consistency.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
    };
  }

  static String of(Call call) {
    StoreException failure = call.failure();
    return failure != null ? failure.code().toString() : answer(call.answer());
  }

  private static String answer(@Nullable Object answer) {
    return switch (answer) {
      case null -> "nothing";
      case GetResult got -> got.entries().stream()
          .map(entry -> entry.map(found -> found.value() + "@" + found.revision()).orElse("-")).toList()
          + " at " + got.position().revision() + " by " + got.position().servedBy();
      case ScanPage page -> page.entries().stream().map(entry -> entry.key() + "=" + entry.value() + "@" + entry.revision()).toList()
          + " at " + page.position().revision() + " by " + page.position().servedBy();
      case CommitOutcome outcome -> outcome.toString();
      default -> answer.toString();
    };
  }

  static String of(LogRecord record) {
    return switch (record) {
      case LogRecord.Genesis genesis -> "Genesis";
      case LogRecord.Claim claim -> "Claim by " + claim.node() + " on token " + claim.prevToken() + ", basis " + claim.basis();
      case LogRecord.Event event -> "Event " + event.lsn() + " under " + event.token() + " ["
          + event.mutations().stream().map(Words::of).collect(Collectors.joining(", ")) + "] " + event.outcome() + " attempt "
          + event.request().attempt() + " of " + shortId(event.request().id());
      case LogRecord.TokenRecord other -> other.getClass().getSimpleName() + " " + other.lsn() + " under " + other.token();
    };
  }

  static String shortId(Object id) {
    return id.toString().substring(0, 8);
  }
}
