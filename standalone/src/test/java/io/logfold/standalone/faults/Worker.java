package io.logfold.standalone.faults;

import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.CommitOutcome;
import io.logfold.api.CommitRequest;
import io.logfold.api.Consistency;
import io.logfold.api.ErrorCode;
import io.logfold.api.GetRequest;
import io.logfold.api.GetResult;
import io.logfold.api.Mutation;
import io.logfold.api.Predicate;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.Resolution;
import io.logfold.api.ResolveRequest;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import io.logfold.standalone.faults.Operation.Answer;
import io.logfold.standalone.faults.Operation.Applied;
import io.logfold.standalone.faults.Operation.Cancelled;
import io.logfold.standalone.faults.Operation.Condition;
import io.logfold.standalone.faults.Operation.Found;
import io.logfold.standalone.faults.Operation.Get;
import io.logfold.standalone.faults.Operation.Missing;
import io.logfold.standalone.faults.Operation.NotDone;
import io.logfold.standalone.faults.Operation.Refused;
import io.logfold.standalone.faults.Operation.Register;
import io.logfold.standalone.faults.Operation.Unknown;
import io.logfold.standalone.faults.Operation.Write;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client as it should be: it has one operation under way, asks again under the same request id until it is told what
 * became of it, elsewhere if need be, and after a while resolves it. A few writes it gives up, as real clients do; a few
 * that were surely not done it lets be, and they must never turn up.
 *
 * <p>Steps run one after the other.
 */
final class Worker {
  private static final CallOptions OPTIONS = CallOptions.timeoutMs(2_500);
  private static final Executor SOON = CompletableFuture.delayedExecutor(60, TimeUnit.MILLISECONDS);
  private static final int PATIENT_ATTEMPTS = 4;

  private final int number;
  private final Clients clients;
  private final Random random;
  private final Executor rest;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  /** As last heard; absent: never heard of, or missing. */
  private final Map<Register, Versioned> last = new HashMap<>();
  private int made;

  Worker(int number, Clients clients, Random random, Executor rest) {
    this.number = number;
    this.clients = clients;
    this.random = random;
    this.rest = rest;
  }

  CompletableFuture<Void> ended() {
    return ended;
  }

  void next() {
    if (clients.stopping()) {
      ended.complete(null);
      return;
    }
    try {
      Register register = clients.registers().get(random.nextInt(clients.registers().size()));
      if (random.nextInt(100) < 50) {
        read(register);
      } else {
        write(register);
      }
    } catch (RuntimeException e) {
      clients.violation("worker " + number + " failed: " + e);
      ended.complete(null);
    }
  }

  // ---- reads

  private void read(Register register) {
    long begun = System.nanoTime();
    int kind = random.nextInt(100);
    long heard = clients.heard(register);
    Consistency consistency = kind < 50 ? Consistency.LINEARIZABLE : kind < 60 ? Consistency.BARRIER
        : kind < 75 ? Consistency.READ_INDEX : kind < 90 ? new Consistency.AtLeast(heard)
        : new Consistency.Stale(Duration.ofMillis(1_500));
    String level = kind < 50 ? "lease" : kind < 60 ? "barrier" : kind < 75 ? "read-index"
        : kind < 90 ? "at-least=" + heard : "stale=1500";
    History.Open open = clients.history().begin(number, register, new Get(level), "");
    clients.any(random).get(new GetRequest(Bytes.utf8(register.partitionKey()), List.of(Bytes.utf8(register.key())), consistency),
        OPTIONS).whenComplete((result, failure) -> {
          if (result == null) {
            failed(failure);
            SOON.execute(this::next);
            return;
          }
          Answer answer = answer(register, result);
          open.end(answer, 1);
          clients.servedBy(result.position().servedBy());
          if (kind < 60) {
            clients.answered(register, false, begun);
          }
          rest.execute(this::next);
        });
  }

  private Answer answer(Register register, GetResult result) {
    Optional<Versioned> found = result.entries().get(0);
    clients.hear(register, result.position().revision());
    found.ifPresentOrElse(value -> last.put(register, value), () -> last.remove(register));
    return found.<Answer>map(value -> new Found(value.value().utf8(), value.revision(), result.position().revision(),
            result.position().servedBy()))
        .orElseGet(() -> new Missing(result.position().revision(), result.position().servedBy()));
  }

  private StoreException failed(@Nullable Throwable failure) {
    StoreException why = StoreException.from(Objects.requireNonNull(failure));
    clients.failed(why.code());
    if (why.code().retry() == ErrorCode.Retry.NEVER && why.code() != ErrorCode.CANCELLED) {
      clients.violation("worker " + number + " was refused for good: " + why);
    }
    return why;
  }

  // ---- writes

  private void write(Register register) {
    made++;
    String value = random.nextInt(8) == 0 ? null : "w" + number + "-" + made;
    Write write = new Write(condition(register), value);
    Bytes key = Bytes.utf8(register.key());
    Mutation mutation = value == null ? new Mutation.Delete(key) : new Mutation.Put(key, Bytes.utf8(value));
    RequestId id = RequestId.random(random);
    History.Open open = clients.history().begin(number, register, write, id.toString());
    CommitRequest request = new CommitRequest(Bytes.utf8(register.partitionKey()), predicates(key, write.condition()),
        List.of(mutation), new RequestInfo(id, 1, open.invokedMs()), Provenance.NONE);
    new Attempts(register, write, open, request).go();
  }

  private Condition condition(Register register) {
    Versioned known = last.get(register);
    return switch (random.nextInt(5)) {
      case 0, 1 -> Condition.ALWAYS;
      case 2 -> known == null ? Condition.ABSENT : Condition.EXISTS;
      case 3 -> known == null ? Condition.ABSENT : new Condition.ValueIs(known.value().utf8());
      default -> known == null ? Condition.ABSENT : new Condition.RevisionIs(known.revision());
    };
  }

  private static List<Predicate> predicates(Bytes key, Condition condition) {
    return switch (condition) {
      case Condition.Always always -> List.of();
      case Condition.Absent absent -> List.of(new Predicate.Absent(key));
      case Condition.Exists exists -> List.of(new Predicate.Exists(key));
      case Condition.ValueIs is -> List.of(new Predicate.ValueEquals(key, Bytes.utf8(is.value())));
      case Condition.RevisionIs is -> List.of(new Predicate.RevisionIs(key, is.revision()));
    };
  }

  /** One write until its fate is known, or it is given up. */
  private final class Attempts {
    private final Register register;
    private final Write write;
    private final History.Open open;
    private CommitRequest request;
    private boolean mayHaveHappened;
    private long begun;

    Attempts(Register register, Write write, History.Open open, CommitRequest request) {
      this.register = register;
      this.write = write;
      this.open = open;
      this.request = request;
    }

    void go() {
      begun = System.nanoTime();
      clients.any(random).commit(request, OPTIONS).whenComplete((outcome, failure) -> {
        switch (outcome) {
          case CommitOutcome.Applied applied -> end(new Applied(applied.revision(), applied.changed()));
          case CommitOutcome.PredicateFailed refused -> end(new Refused(refused.currentRevision().orElse(0)));
          case null -> again(failed(failure));
        }
      });
    }

    private void again(StoreException why) {
      mayHaveHappened |= why.code().fate() == ErrorCode.Fate.MAY_HAVE;
      if (why.code() == ErrorCode.CANCELLED) {
        resolve(); // by an earlier question of this worker, whose answer was lost
        return;
      }
      if (why.code().retry() == ErrorCode.Retry.NEVER) {
        end(mayHaveHappened ? new Unknown(why.code().name()) : new NotDone(why.code().name()));
        return;
      }
      int choice = random.nextInt(100);
      if (!mayHaveHappened && choice < 10) {
        end(new NotDone(why.code().name()));
      } else if (mayHaveHappened && choice < 2 && !clients.stopping()) {
        end(new Unknown(why.code().name()));
      } else if (mayHaveHappened && (clients.stopping() || request.request().attempt() >= PATIENT_ATTEMPTS && choice < 50)) {
        SOON.execute(this::resolve);
      } else if (clients.stopping() && request.request().attempt() > PATIENT_ATTEMPTS) {
        end(new NotDone(why.code().name()));
      } else {
        clients.retried.incrementAndGet();
        request = new CommitRequest(request.partitionKey(), request.predicates(), request.mutations(),
            request.request().nextAttempt(), request.provenance());
        SOON.execute(this::go);
      }
    }

    /** From the first question on no attempt is made: the request may be withdrawn by now. */
    private void resolve() {
      begun = System.nanoTime();
      clients.any(random).resolve(ResolveRequest.of(request), OPTIONS).whenComplete((resolution, failure) -> {
        switch (resolution) {
          case Resolution.Applied applied -> resolved(new Applied(applied.revision(), applied.changed()));
          case Resolution.PredicateFailed refused -> resolved(new Refused(refused.revision().orElse(0)));
          case Resolution.Cancelled cancelled -> resolved(new Cancelled(cancelled.revision()));
          case null -> {
            StoreException why = failed(failure);
            if (why.code().retry() == ErrorCode.Retry.NEVER) {
              end(new Unknown(why.code().name()));
            } else {
              SOON.execute(this::resolve);
            }
          }
        }
      });
    }

    private void resolved(Answer answer) {
      clients.resolved.incrementAndGet();
      end(answer);
    }

    private void end(Answer answer) {
      open.end(answer, request.request().attempt());
      switch (answer) {
        case Applied applied -> {
          clients.hear(register, applied.revision());
          clients.answered(register, true, begun);
          if (write.value() == null) {
            last.remove(register);
          } else {
            last.put(register, new Versioned(Bytes.utf8(write.value()), applied.revision()));
          }
        }
        case Refused refused -> {
          clients.answered(register, true, begun);
          last.remove(register);
        }
        default -> {}
      }
      rest.execute(Worker.this::next);
    }
  }
}
