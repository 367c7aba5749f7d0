package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.Limits;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far an import is, as kept in the store under {@link #PARTITION_KEY} with the target's partition key as key:
 * {@code 1 IMPORT-ID OID DONE/TOTAL}. It is never ahead of the data, and behind it by less than a {@link StepWindow}.
 *
 * @param importId drawn when the import began (and again when a rewritten branch was taken over); part of every request
 *     id, so that a rerun repeats its requests and a new import never repeats those of an old one
 * @param oid the git commit; empty before the first
 * @param done how many of its changes are in the store
 * @param total how many it has
 */
record Mark(String importId, Optional<String> oid, int done, int total) {
  static final Bytes PARTITION_KEY = Bytes.utf8("logfold/import-git");

  private static final Pattern FORM = Pattern.compile("1 ([0-9a-f]{16}) (-|[0-9a-f]{40,64}) (\\d{1,9})/(\\d{1,9})");

  static Mark start(String importId) {
    return new Mark(importId, Optional.empty(), 0, 0);
  }

  Mark after(Step step) {
    return new Mark(importId, Optional.of(step.oid()), step.to(), step.total());
  }

  boolean complete() {
    return done == total;
  }

  boolean isAfter(Step step) {
    return oid.equals(Optional.of(step.oid())) && done == step.to() && total == step.total();
  }

  Bytes value() {
    return Bytes.utf8("1 " + importId + " " + oid.orElse("-") + " " + done + "/" + total);
  }

  static Mark parse(Bytes value) {
    Matcher matcher = FORM.matcher(value.utf8());
    if (!matcher.matches()) {
      throw new ImportRefusedException("the mark under partition key " + PARTITION_KEY + " is " + value
          + ", which no import of this version wrote");
    }
    return new Mark(matcher.group(1), Optional.of(matcher.group(2)).filter(oid -> !oid.equals("-")),
        Integer.parseInt(matcher.group(3)), Integer.parseInt(matcher.group(4)));
  }

  /** The target's partition key, as the key of its mark. */
  static Bytes key(Bytes target) {
    Limits.checkPartitionKey(target);
    if (target.size() > Limits.MAX_KEY_BYTES) {
      throw new ImportRefusedException("the partition key of an import has at most " + Limits.MAX_KEY_BYTES
          + " bytes (it is the key of its mark), got " + target.size());
    }
    if (target.equals(PARTITION_KEY)) {
      throw new ImportRefusedException("partition key " + target + " holds the marks of imports; choose another");
    }
    return target;
  }
}
