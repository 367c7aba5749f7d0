package io.logfold.query.server.rest;

import com.linecorp.armeria.common.RequestHeaders;

/** Why a write is made, as every interface over HTTP is told: {@code Logfold-Reason}. */
public final class RequestReason {
  private RequestReason() {}

  /** Empty where nothing is said. */
  public static String of(RequestHeaders headers) {
    String reason = headers.get(RequestFields.REASON);
    return reason == null ? "" : PercentCoding.decodeText("Logfold-Reason", reason);
  }
}
