package io.logfold.projector.table.dynamodb;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/** Counts the requests that went out, retries included, by their kind: {@code TransactWriteItems}. Any thread. */
public final class RequestCounts implements ExecutionInterceptor {
  private final ConcurrentMap<String, LongAdder> byKind = new ConcurrentHashMap<>();

  @Override
  public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
    String kind = String.valueOf(attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME));
    byKind.computeIfAbsent(kind, any -> new LongAdder()).increment();
  }

  public long total() {
    return byKind.values().stream().mapToLong(LongAdder::sum).sum();
  }

  public long of(String kind) {
    LongAdder count = byKind.get(kind);
    return count == null ? 0 : count.sum();
  }

  /** In the order of the names. */
  public Map<String, Long> byKind() {
    Map<String, Long> counts = new TreeMap<>();
    byKind.forEach((kind, count) -> counts.put(kind, count.sum()));
    return counts;
  }
}
