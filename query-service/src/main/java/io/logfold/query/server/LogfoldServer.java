package io.logfold.query.server;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.docs.DocService;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.GrpcServiceBuilder;
import io.grpc.BindableService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ClusterView;
import io.logfold.api.ErrorCode;
import io.logfold.api.Store;
import io.logfold.api.StoreException;
import io.logfold.api.wire.WireResults;
import io.logfold.query.server.dynamodb.DynamoService;
import io.logfold.query.server.grpc.KvGrpcService;
import io.logfold.query.server.rest.PoliciesService;
import io.logfold.query.server.rest.PrincipalSource;
import io.logfold.query.server.rest.RestErrors;
import io.logfold.query.server.rest.RestService;
import io.logfold.query.server.rest.TablesService;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One port for everything a node answers: gRPC with reflection, REST under {@code /v1}, DynamoDB's API at {@code POST /},
 * {@code /health}, {@code /metrics}, {@code /docs} and a front page.
 *
 * <p>The store is the caller's: closing the server does not close it. Handlers run on Armeria's shared event loops and
 * never block them. {@link #close} refuses new requests, lets those under way end for the drain time at most, then
 * closes the connections and the threads this server started.
 */
public final class LogfoldServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LogfoldServer.class);

  /** How long a body may take to arrive; the deadline of the call starts behind it. */
  private static final Duration BODY_TIMEOUT = Duration.ofSeconds(60);

  private final Server server;
  private final InetSocketAddress address;
  private final Duration drain;
  private final List<BindableService> grpcServices;
  private final JvmGcMetrics gcMetrics;
  private final RestService rest;
  private volatile boolean closing;

  private LogfoldServer(Builder builder) {
    this.drain = builder.drain;
    this.grpcServices = List.copyOf(builder.grpcServices);
    this.gcMetrics = new JvmGcMetrics();
    this.rest = new RestService(builder.store, builder.principalSource, builder.partitionOf, builder.clock, builder.random);
    this.server = build(builder);
    this.address = start(builder);
    log.info("listening on http://{}:{}", builder.host, address.getPort());
  }

  /** Starts to say what the server shall be; every interface answers from this store. */
  public static Builder builder(Store store) {
    return new Builder(store);
  }

  /**
   * Loads what a server consists of, by making one and leaving it: seconds of work that may as well be done while others
   * wait. Blocks; changes nothing.
   */
  public static void preload() {
    var unused = Server.builder()
        .service(grpc(List.of()))
        .serviceUnder("/docs", new DocService())
        .decorator((delegate, ctx, request) -> delegate.serve(ctx, request))
        .build();
  }

  /** The port that is listened on, also where 0 was asked for. */
  public int port() {
    return address.getPort();
  }

  @Override
  public void close() {
    closing = true;
    for (BindableService service : grpcServices) {
      if (service instanceof KvGrpcService sessions) {
        sessions.close();
      }
    }
    rest.close();
    CompletableFuture<Void> stopped = server.stop();
    try {
      stopped.get(drain.toMillis() + 20_000, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.warn("the server did not stop in order", e);
    }
    gcMetrics.close();
  }

  private InetSocketAddress start(Builder builder) {
    try {
      server.start().join();
    } catch (CompletionException e) {
      gcMetrics.close();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new StoreException(ErrorCode.UNAVAILABLE, "cannot listen on " + builder.host + ":" + builder.port + ": "
          + cause.getMessage() + "; stop what listens there, or choose another port", cause);
    }
    return java.util.Objects.requireNonNull(server.activePort(), "active port").localAddress();
  }

  private Server build(Builder builder) {
    PrometheusMeterRegistry registry = builder.registry == null
        ? new PrometheusMeterRegistry(PrometheusConfig.DEFAULT) : builder.registry;
    new JvmMemoryMetrics().bindTo(registry);
    gcMetrics.bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    PartitionGauges gauges = new PartitionGauges(registry, builder.cluster);
    TableGauges tableGauges = builder.tableGauges;
    Supplier<CompletableFuture<Void>> refresh = tableGauges == null ? gauges::refresh
        : () -> CompletableFuture.allOf(gauges.refresh(), tableGauges.refresh());

    ServerBuilder sb = Server.builder()
        .http(new InetSocketAddress(builder.host, builder.port))
        .http1MaxInitialLineLength(ProtocolErrors.MAX_REQUEST_LINE_BYTES)
        .http1MaxHeaderSize(ProtocolErrors.MAX_HEADER_BYTES)
        .http2MaxHeaderListSize(ProtocolErrors.MAX_HEADER_BYTES)
        // gRPC's sessions live long; what must be bounded is bounded where it is bound.
        .maxRequestLength(0)
        .requestTimeoutMillis(0)
        .gracefulShutdownTimeout(drain.isZero() ? Duration.ZERO : Duration.ofMillis(1), drain)
        .errorHandler(new ProtocolErrors())
        .verboseResponses(false)
        // Callers that go away are no news; faults are logged where they are answered.
        .unloggedExceptionsReportIntervalMillis(0)
        .disableServerHeader()
        .meterRegistry(registry);
    // Armeria serves on while it drains; new requests belong to another node by then.
    sb.decorator((delegate, ctx, request) -> closing && !ctx.path().equals("/health")
        ? HttpResponse.of(HttpStatus.SERVICE_UNAVAILABLE, MediaType.JSON_UTF_8,
            RestErrors.body(ErrorCode.CLOSED, "the server is closing; ask another node"))
        : delegate.serve(ctx, request));
    sb.route().path("/v1").pathPrefix("/v1")
        .maxRequestLength(ProtocolErrors.MAX_REQUEST_BYTES)
        .requestTimeout(BODY_TIMEOUT)
        .build(rest);
    TablesService tables = builder.tables;
    if (tables != null) {
      for (String prefix : List.of("/v1/tables", "/v1/verifications")) {
        sb.route().path(prefix).pathPrefix(prefix).maxRequestLength(ProtocolErrors.MAX_REQUEST_BYTES)
            .requestTimeout(BODY_TIMEOUT).build(tables);
      }
    }
    PoliciesService policies = builder.policies;
    if (policies != null) {
      sb.route().path("/v1/policies").pathPrefix("/v1/policies").maxRequestLength(ProtocolErrors.MAX_REQUEST_BYTES)
          .requestTimeout(BODY_TIMEOUT).build(policies);
    }
    sb.service("/health", new HealthService(() -> closing
        ? Readiness.notReady("the server is closing") : builder.readiness.get()));
    sb.service("/metrics", new MetricsService(registry, refresh));
    DynamoService dynamo = builder.dynamo;
    if (dynamo != null) {
      sb.route().post("/").maxRequestLength(ProtocolErrors.MAX_REQUEST_BYTES).requestTimeout(BODY_TIMEOUT).build(dynamo);
      sb.route().get("/").build(frontPage());
      sb.route().head("/").build(frontPage());
    } else {
      sb.service("/", frontPage());
    }
    sb.service(grpc(builder.grpcServices));
    sb.serviceUnder("/docs", new DocService());
    return sb.build();
  }

  /** Reflection is v1's alone: Armeria takes one reflection service, and the alpha one would displace it. */
  private static GrpcService grpc(List<BindableService> services) {
    GrpcServiceBuilder grpc = GrpcService.builder()
        .addService(ProtoReflectionServiceV1.newInstance())
        .maxRequestMessageLength(WireResults.MAX_MESSAGE_BYTES)
        .enableUnframedRequests(true);
    services.forEach(grpc::addService);
    return grpc.build();
  }

  private static HttpService frontPage() {
    HttpData page;
    try (InputStream in = LogfoldServer.class.getResourceAsStream("index.html")) {
      page = HttpData.wrap(java.util.Objects.requireNonNull(in, "index.html").readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("reading index.html from the class path", e);
    }
    ResponseHeaders headers = ResponseHeaders.of(HttpStatus.OK, HttpHeaderNames.CONTENT_TYPE, MediaType.HTML_UTF_8);
    return (ctx, request) -> HttpResponse.of(headers, page);
  }

  /** What a server shall be. Not safe to share between threads. */
  public static final class Builder {
    private final Store store;
    private final List<BindableService> grpcServices = new ArrayList<>();
    private String host = "127.0.0.1";
    private int port = 7171;
    private PrincipalSource principalSource = PrincipalSource.NONE;
    private Supplier<Readiness> readiness = () -> Readiness.READY;
    private Supplier<CompletableFuture<ClusterView>> cluster;
    private Function<Bytes, OptionalInt> partitionOf = partitionKey -> OptionalInt.empty();
    private @Nullable PrometheusMeterRegistry registry;
    private @Nullable TablesService tables;
    private @Nullable PoliciesService policies;
    private @Nullable TableGauges tableGauges;
    private @Nullable DynamoService dynamo;
    private Duration drain = Duration.ofSeconds(5);
    private InstantSource clock = InstantSource.system();
    private RandomGenerator random = new SecureRandom();

    private Builder(Store store) {
      this.store = store;
      this.cluster = () -> store.cluster(CallOptions.timeoutMs(2_000));
    }

    /** The address to listen on; 127.0.0.1 unless said. */
    public Builder host(String newHost) {
      host = newHost;
      return this;
    }

    /** 0: whichever is free; 7171 unless said. */
    public Builder port(int newPort) {
      port = newPort;
      return this;
    }

    /** Adds gRPC services; may be called again. */
    public Builder grpc(BindableService... services) {
      grpcServices.addAll(List.of(services));
      return this;
    }

    public Builder principalSource(PrincipalSource source) {
      principalSource = source;
      return this;
    }

    /** Asked by {@code /health}, on an event loop: must not block. */
    public Builder readiness(Supplier<Readiness> probe) {
      readiness = probe;
      return this;
    }

    /** What feeds the partition gauges; {@link Store#cluster} unless said. */
    public Builder partitionGauges(Supplier<CompletableFuture<ClusterView>> view) {
      cluster = view;
      return this;
    }

    /** The store partition of a partition key, so that answers to writes can name it. */
    public Builder partitionOf(Function<Bytes, OptionalInt> function) {
      partitionOf = function;
      return this;
    }

    /** The node's tables, for operators; without them those paths are not there. */
    public Builder tables(TablesService service) {
      tables = service;
      return this;
    }

    /** The store's policies, for operators; without it that path is not there. */
    public Builder policies(PoliciesService service) {
      policies = service;
      return this;
    }

    /** DynamoDB's API at {@code POST /}; without it nothing is there. */
    public Builder dynamo(DynamoService service) {
      dynamo = service;
      return this;
    }

    /** Brought up to date when somebody scrapes; they stay the caller's to close. */
    public Builder tableGauges(TableGauges gauges) {
      tableGauges = gauges;
      return this;
    }

    /** The registry behind {@code /metrics}: the one that the {@link MeteredStore} counts into. */
    public Builder meterRegistry(PrometheusMeterRegistry newRegistry) {
      registry = newRegistry;
      return this;
    }

    /** How long {@link LogfoldServer#close} waits for requests under way; 5 seconds unless said. */
    public Builder drain(Duration longest) {
      drain = longest;
      return this;
    }

    public Builder clock(InstantSource newClock) {
      clock = newClock;
      return this;
    }

    /** Makes request ids; must be safe to share between threads. */
    public Builder random(RandomGenerator newRandom) {
      random = newRandom;
      return this;
    }

    /**
     * Listens.
     *
     * @throws StoreException UNAVAILABLE where the address cannot be listened on
     */
    public LogfoldServer start() {
      return new LogfoldServer(this);
    }
  }
}
