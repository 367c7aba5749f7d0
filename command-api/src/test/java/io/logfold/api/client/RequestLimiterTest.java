package io.logfold.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.api.wire.Get;
import io.logfold.api.wire.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RequestLimiterTest {
  private final List<PendingCall<?>> dispatched = new ArrayList<>();

  @Test
  void callsThatWaitGoInTheOrderInWhichTheyCame() {
    RequestLimiter limiter = new RequestLimiter(2, 1_000, 10, dispatched::add);
    List<PendingCall<String>> calls = calls(limiter, 5);
    assertThat(dispatched).containsExactly(calls.get(0), calls.get(1));
    calls.get(1).cancel(true);
    calls.get(0).cancel(true);
    assertThat(dispatched).containsExactly(calls.get(0), calls.get(1), calls.get(2), calls.get(3));
  }

  @Test
  void bytesAreBoundedInFlightAndWaiting() {
    RequestLimiter limiter = new RequestLimiter(100, 250, 100, dispatched::add);
    List<PendingCall<String>> calls = calls(limiter, 5);
    assertThat(dispatched).hasSize(2);
    assertThat(calls.get(3)).isNotDone();
    assertThatThrownBy(calls.get(4)::join).cause().isInstanceOfSatisfying(StoreException.class,
        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.SLOW_DOWN));
  }

  @Test
  void placesOfCallsThatEndedWhileTheyWaitedAreGivenToOthers() {
    RequestLimiter limiter = new RequestLimiter(1, 10_000, 3, dispatched::add);
    List<PendingCall<String>> calls = calls(limiter, 4);
    calls.subList(1, 4).forEach(call -> call.cancel(true));
    List<PendingCall<String>> more = calls(limiter, 3);
    assertThat(more).noneMatch(PendingCall::isDone);
    calls.getFirst().cancel(true);
    assertThat(dispatched).containsExactly(calls.getFirst(), more.getFirst());
  }

  @Test
  void whereEveryDispatchFailsAtOnceTheWholeLineEndsWithoutDeepRecursion() {
    boolean[] failing = {false};
    Consumer<PendingCall<?>> dispatch = call -> {
      dispatched.add(call);
      if (failing[0]) {
        call.abandon(ErrorCode.UNAVAILABLE, "no server");
      }
    };
    RequestLimiter limiter = new RequestLimiter(1, 100_000_000, 100_000, dispatch);
    List<PendingCall<String>> calls = calls(limiter, 100_000);
    failing[0] = true;
    calls.getFirst().cancel(true);
    assertThat(calls).allMatch(PendingCall::isDone);
    assertThat(dispatched).hasSize(100_000);
  }

  private static List<PendingCall<String>> calls(RequestLimiter limiter, int count) {
    List<PendingCall<String>> calls = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Operation operation = Operation.newBuilder().setId(1)
          .setGet(Get.newBuilder().setPartitionKey(ByteString.copyFrom(new byte[94]))).build();
      assertThat(operation.getSerializedSize()).isEqualTo(100);
      PendingCall<String> call = new PendingCall<>(
          operation, null, Optional.empty(), Duration.ofSeconds(1), 0, result -> "", limiter::release);
      calls.add(call);
      limiter.admit(call);
    }
    return calls;
  }
}
