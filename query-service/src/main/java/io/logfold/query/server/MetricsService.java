package io.logfold.query.server;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.AbstractHttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Prometheus' text. What it costs is paid on a thread that may block, after the gauges were brought up to date. */
final class MetricsService extends AbstractHttpService {
  private static final MediaType TEXT = MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

  private final PrometheusMeterRegistry registry;
  private final Supplier<CompletableFuture<Void>> refresh;

  /** Refresh never fails, and answers within the scrape's patience. */
  MetricsService(PrometheusMeterRegistry registry, Supplier<CompletableFuture<Void>> refresh) {
    this.registry = registry;
    this.refresh = refresh;
  }

  @Override
  protected HttpResponse doGet(ServiceRequestContext ctx, HttpRequest request) {
    return HttpResponse.of(refresh.get().thenApplyAsync(
        nothing -> HttpResponse.of(HttpStatus.OK, TEXT, HttpData.ofUtf8(registry.scrape())),
        ctx.blockingTaskExecutor()));
  }
}
