package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.RequestInfo;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Mixin;

/** A command that asks a server: connects, runs, reports what went wrong. */
abstract class StoreCommand implements Callable<Integer> {
  @Mixin
  CommonOptions options = new CommonOptions();

  final CliIo io;
  private Optional<CommitRequest> request = Optional.empty();

  StoreCommand(CliIo io) {
    this.io = io;
  }

  /** Does the command's work and gives the exit code. */
  abstract int run(Store store) throws InterruptedException;

  @Override
  public Integer call() {
    try (Store store = options.connect(io)) {
      int code = run(store);
      io.flush();
      return code;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Failures.report(io, options, request, new StoreException(ErrorCode.CANCELLED, "interrupted", e));
    } catch (RuntimeException e) {
      return Failures.report(io, options, request, e);
    }
  }

  <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.join();
    } catch (RuntimeException e) {
      throw StoreException.from(e);
    }
  }

  /** An argument, where {@code -} means standard input as it is. */
  Bytes argument(String text) {
    return text.equals("-") ? bounded("standard input", io.in()) : options.encoding.read(text);
  }

  Bytes file(Path file) {
    if (file.toString().equals("-")) {
      return bounded("standard input", io.in());
    }
    try (InputStream in = Files.newInputStream(file)) {
      return bounded(file.toString(), in);
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, file + " cannot be read: " + e, e);
    }
  }

  private static Bytes bounded(String name, InputStream in) {
    try {
      // One byte more than any limit, so that what is too large is refused as such and not cut.
      return Bytes.wrap(in.readNBytes(4 * Limits.MAX_COMMIT_BYTES + 1));
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, name + " cannot be read: " + e, e);
    }
  }

  /** Between two tries. */
  static void sleep(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(ErrorCode.CANCELLED, "interrupted while waiting to try again", e);
    }
  }

  int commit(Store store, WriteOptions write, Bytes partitionKey, List<Predicate> predicates,
      List<Mutation> mutations) {
    RequestInfo info = write.request(io);
    CommitRequest commit = new CommitRequest(partitionKey, predicates, mutations, info, write.provenance(io));
    request = Optional.of(commit);
    CommitOutcome outcome = await(store.commit(commit, options.call()));
    return switch (outcome) {
      case CommitOutcome.Applied applied -> {
        if (options.json) {
          JsonOut.object(io, json -> {
            json.writeBooleanField("applied", true);
            json.writeNumberField("revision", applied.revision());
            json.writeBooleanField("changed", applied.changed());
            json.writeStringField("requestId", info.id().toString());
          });
        } else {
          io.line(Long.toString(applied.revision()));
        }
        yield ExitCodes.OK;
      }
      case CommitOutcome.PredicateFailed failed -> {
        String current = failed.currentRevision().isPresent()
            ? "has revision " + failed.currentRevision().getAsLong() : "is absent";
        io.err().println("logfold: PREDICATE_FAILED: nothing was changed, because " + failed.key() + " " + current
            + (predicates.size() > 1 ? " (predicate " + failed.index() + ")" : ""));
        if (options.json) {
          JsonOut.object(io, json -> {
            json.writeBooleanField("applied", false);
            json.writeNumberField("index", failed.index());
            JsonOut.key(json, "key", failed.key());
            if (failed.currentRevision().isPresent()) {
              json.writeNumberField("currentRevision", failed.currentRevision().getAsLong());
            }
            json.writeStringField("requestId", info.id().toString());
          });
        }
        yield ExitCodes.ABSENT_OR_REFUSED;
      }
    };
  }
}
