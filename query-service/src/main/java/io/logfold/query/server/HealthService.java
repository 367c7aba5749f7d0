package io.logfold.query.server;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.AbstractHttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.logfold.query.server.rest.Json;
import java.util.function.Supplier;

/**
 * 200 where the probe says ready, 503 with the reason where not. Armeria's own health service answers a fixed text, and
 * an operator wants to know why. The probe runs on an event loop and must not block.
 */
final class HealthService extends AbstractHttpService {
  private final Supplier<Readiness> probe;

  HealthService(Supplier<Readiness> probe) {
    this.probe = probe;
  }

  @Override
  protected HttpResponse doGet(ServiceRequestContext ctx, HttpRequest request) {
    Readiness readiness = ask();
    return HttpResponse.of(
        ResponseHeaders.of(readiness.ready() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
            HttpHeaderNames.CONTENT_TYPE, MediaType.JSON_UTF_8, HttpHeaderNames.CACHE_CONTROL, "no-store"),
        Json.object(json -> {
          json.writeBooleanField("ready", readiness.ready());
          if (!readiness.ready()) {
            json.writeStringField("why", readiness.why());
          }
        }));
  }

  private Readiness ask() {
    try {
      return probe.get();
    } catch (RuntimeException e) {
      return Readiness.notReady("the readiness probe failed: " + e);
    }
  }
}
