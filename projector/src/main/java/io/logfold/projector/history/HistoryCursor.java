package io.logfold.projector.history;

import io.logfold.api.Bytes;
import io.logfold.api.DiffRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.KeyRange;
import io.logfold.api.Moment;
import io.logfold.api.StoreException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Where the next page of an answer begins, as text that says nothing to whoever keeps it. It carries a digest of its question
 * (all but the size of the page): to another one it is refused, instead of giving a page that belongs to neither.
 */
public final class HistoryCursor {
  private static final byte VERSION = 1;
  private static final int DIGEST_BYTES = 8;

  private final Bytes question;

  private HistoryCursor(ByteArray question) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(question.bytes().unsafeArray());
      this.question = Bytes.wrap(Arrays.copyOf(digest, DIGEST_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  static HistoryCursor of(HistoryRequest request) {
    ByteArray question = new ByteArray(64).add((byte) 1).add((byte) (request.oldestFirst() ? 1 : 0));
    switch (request.scope()) {
      case HistoryScope.OfKey of -> question.add((byte) 1).addSized(of.partitionKey()).addSized(of.key());
      case HistoryScope.OfPrefix of -> question.add((byte) 2).addSized(of.partitionKey()).addSized(of.prefix());
      case HistoryScope.OfPrincipal of -> question.add((byte) 3).addText(of.principal());
    }
    add(question, request.fromMs());
    add(question, request.toMs());
    add(question, request.afterRevision());
    return new HistoryCursor(question);
  }

  static HistoryCursor of(DiffRequest request) {
    KeyRange range = request.range();
    ByteArray question = new ByteArray(64).add((byte) 2).addSized(request.partitionKey()).addSized(range.startInclusive())
        .add((byte) (range.endExclusive().isPresent() ? 1 : 0)).addSized(range.endExclusive().orElse(Bytes.EMPTY));
    add(question, request.from());
    add(question, request.to());
    return new HistoryCursor(question);
  }

  private static void add(ByteArray question, Optional<Long> number) {
    question.addText(number.map(String::valueOf).orElse(""));
  }

  private static void add(ByteArray question, Moment moment) {
    question.addText(moment.toString());
  }

  /** What a page left behind for the next one. */
  record Left(List<Long> numbers, Bytes key) {}

  String text(List<Long> numbers, Bytes key) {
    ByteArray cursor = new ByteArray(32).add(VERSION).add(question.unsafeArray()).addNumber(numbers.size());
    numbers.forEach(cursor::addNumber);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(cursor.add(key.unsafeArray()).bytes().unsafeArray());
  }

  /** @param count how many numbers there must be */
  Left read(String cursor, int count) {
    try {
      ByteArray.Reader reader = new ByteArray.Reader(Bytes.wrap(Base64.getUrlDecoder().decode(cursor)));
      if (reader.one() == VERSION && reader.take(DIGEST_BYTES).equals(question) && reader.number() == count) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          numbers.add(reader.number());
        }
        if (numbers.stream().allMatch(number -> number >= 0)) {
          return new Left(numbers, reader.rest());
        }
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      // Said below.
    }
    throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the cursor is not one of this question; give the cursor that the"
        + " page before ended with, and ask the same, or leave it out to begin anew");
  }
}
