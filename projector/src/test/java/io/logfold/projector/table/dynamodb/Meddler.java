package io.logfold.projector.table.dynamodb;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/** Sits between a table and its backend: may act, or throw, before a request goes out and after it was done. */
final class Meddler implements ExecutionInterceptor {
  private final List<String> sent = Collections.synchronizedList(new ArrayList<>());
  volatile Meddling before = kind -> {};
  volatile Meddling after = kind -> {};

  interface Meddling {
    void with(String kind);
  }

  /** What went out, in order. */
  List<String> sent() {
    return List.copyOf(sent);
  }

  void forget() {
    sent.clear();
  }

  @Override
  public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
    String kind = kind(attributes);
    sent.add(kind);
    before.with(kind);
  }

  @Override
  public void afterTransmission(Context.AfterTransmission context, ExecutionAttributes attributes) {
    after.with(kind(attributes));
  }

  private static String kind(ExecutionAttributes attributes) {
    return String.valueOf(attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME));
  }

  /** Does it with the first so many requests of a kind. */
  static Meddling first(int times, String kind, Runnable action) {
    int[] left = {times};
    return each -> {
      if (each.equals(kind) && left[0] > 0) {
        left[0]--;
        action.run();
      }
    };
  }

  static RuntimeException connectionLost() {
    return SdkClientException.create("Unable to execute HTTP request", new IOException("Connection reset"));
  }

  static RuntimeException refusal(String code) {
    return DynamoDbException.builder().statusCode(400)
        .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).errorMessage("said the test").build()).build();
  }

  static RuntimeException cancelled(String... codes) {
    return TransactionCanceledException.builder().statusCode(400)
        .awsErrorDetails(AwsErrorDetails.builder().errorCode("TransactionCanceledException").errorMessage("").build())
        .cancellationReasons(
            List.of(codes).stream().map(code -> CancellationReason.builder().code(code).build()).toList())
        .build();
  }
}
