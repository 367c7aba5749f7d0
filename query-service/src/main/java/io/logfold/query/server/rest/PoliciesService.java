package io.logfold.query.server.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.logfold.api.Bytes;
import io.logfold.api.CallOptions;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.Policy;
import io.logfold.api.PolicyChange;
import io.logfold.api.Provenance;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import io.logfold.api.StoreException;
import io.logfold.query.PartitionPolicies;
import io.logfold.query.PolicyOutcome;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;

/**
 * The policies of a store under {@code /v1/policies}: list them, put one, remove one. Each partition is asked, wherever
 * it is led, and answers for itself: the answer says what became of each. Asking again is harmless. docs/REST.md is its
 * contract.
 */
public final class PoliciesService implements HttpService {
  private static final Duration WITHIN = Duration.ofSeconds(30);

  private final PartitionPolicies policies;
  private final int partitions;
  private final boolean principalFromHeader;
  private final InstantSource clock;
  private final RandomGenerator random;

  public PoliciesService(PartitionPolicies policies, int partitions, PrincipalSource principalSource, InstantSource clock,
      RandomGenerator random) {
    this.policies = policies;
    this.partitions = partitions;
    this.principalFromHeader = principalSource == PrincipalSource.HEADER;
    this.clock = clock;
    this.random = random;
  }

  /** What became of one partition; one of the two is there. */
  private record Answer(int partition, Optional<PolicyOutcome> outcome, Optional<StoreException> failure) {}

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    return HttpResponse.of(request.aggregate().thenCompose(whole -> {
      try {
        return route(ctx, whole, RequestTarget.parse(ctx.rawPath()));
      } catch (StoreException refused) {
        return CompletableFuture.completedFuture(RestErrors.failure(refused));
      } catch (RuntimeException broken) {
        return CompletableFuture.completedFuture(RestErrors.failure(broken, Optional.empty()));
      }
    }));
  }

  private CompletableFuture<HttpResponse> route(ServiceRequestContext ctx, AggregatedHttpRequest request, RequestTarget target) {
    if (!request.content().isEmpty()) {
      throw invalid("a policy is described by the query, not by a body");
    }
    CallOptions options = request.headers().contains(RequestFields.TIMEOUT)
        ? RequestFields.callOptions(request.headers()) : new CallOptions(WITHIN);
    ctx.setRequestTimeout(options.timeout().plusSeconds(5));
    if (target.size() == 2) {
      target.checkParameters(Set.of());
      return switch (request.method()) {
        case GET, HEAD -> each(partition -> policies.policies(partition, options)).thenApply(PoliciesService::listed);
        default -> CompletableFuture.completedFuture(
            RestErrors.methodNotAllowed(request.method().name(), "GET, HEAD"));
      };
    }
    if (target.size() != 3) {
      return CompletableFuture.completedFuture(RestErrors.noSuchRoute(ctx.rawPath()));
    }
    String name = Limits.checkPolicyName(PercentCoding.decodeText("policy", target.segment(2)));
    return switch (request.method()) {
      case PUT -> {
        target.checkParameters(Set.of("prefix", "encoding", "requirePrincipal", "requireReason", "redactable"));
        Bytes prefix = target.key("prefix").orElseThrow(() -> invalid("the parameter prefix is missing: the partition keys"
            + " that the policy is about begin with it; an empty one means all"));
        yield change(ctx, request, options, new PolicyChange.Put(new Policy(name, prefix, target.flag("requirePrincipal"),
            target.flag("requireReason"), target.flag("redactable"))));
      }
      case DELETE -> {
        target.checkParameters(Set.of());
        yield change(ctx, request, options, new PolicyChange.Remove(name));
      }
      default -> CompletableFuture.completedFuture(
          RestErrors.methodNotAllowed(request.method().name(), "PUT, DELETE"));
    };
  }

  private CompletableFuture<HttpResponse> change(ServiceRequestContext ctx, AggregatedHttpRequest request,
      CallOptions options, PolicyChange change) {
    Provenance provenance = RequestFields.provenance(request.headers(), principalFromHeader,
        ctx.clientAddress().getHostAddress());
    if (provenance.principal().isBlank()) {
      throw invalid("a change of the policies must say who makes it: Logfold-Principal" + (principalFromHeader
          ? "" : ", which this server does not take from requests (principal.source=none)"));
    }
    if (provenance.reason().isBlank()) {
      throw invalid("a change of the policies must say why it is made: Logfold-Reason");
    }
    return each(partition -> policies.changePolicies(partition, change,
        new RequestInfo(RequestId.random(random), 1, clock.millis()), provenance, options))
        .thenApply(answers -> changed(change, answers));
  }

  /** Asks all partitions at once. */
  private CompletableFuture<List<Answer>> each(IntFunction<CompletableFuture<PolicyOutcome>> call) {
    List<CompletableFuture<Answer>> answers = new ArrayList<>(partitions);
    for (int each = 0; each < partitions; each++) {
      int partition = each;
      answers.add(call.apply(partition).handle((outcome, failure) -> new Answer(partition, Optional.ofNullable(outcome),
          failure == null ? Optional.empty() : Optional.of(StoreException.from(failure)))));
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
        .thenApply(all -> answers.stream().map(CompletableFuture::join).toList());
  }

  private static HttpResponse listed(List<Answer> answers) {
    Map<Policy, List<Integer>> found = new LinkedHashMap<>();
    for (Answer answer : answers) {
      answer.outcome().ifPresent(outcome -> outcome.policies().forEach(
          policy -> found.computeIfAbsent(policy, unseen -> new ArrayList<>()).add(answer.partition())));
    }
    List<Map.Entry<Policy, List<Integer>>> rows =
        found.entrySet().stream().sorted(Comparator.comparing(row -> row.getKey().name())).toList();
    boolean all = answers.stream().allMatch(answer -> answer.outcome().isPresent());
    return TablesService.json(all ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE, json -> {
      if (!all) {
        failure(json, "not every partition could be asked for its policies");
      }
      json.writeArrayFieldStart("policies");
      for (Map.Entry<Policy, List<Integer>> row : rows) {
        json.writeStartObject();
        write(json, row.getKey());
        json.writeArrayFieldStart("inForce");
        for (int partition : row.getValue()) {
          json.writeNumber(partition);
        }
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndArray();
      partitions(json, answers);
    });
  }

  private static HttpResponse changed(PolicyChange change, List<Answer> answers) {
    List<StoreException> failures = answers.stream().flatMap(answer -> answer.failure().stream()).toList();
    // Refused for what it is, by all alike: one refusal.
    if (failures.size() == answers.size()
        && failures.stream().allMatch(failure -> failure.code().retry() == ErrorCode.Retry.NEVER)) {
      return RestErrors.failure(failures.get(0));
    }
    return TablesService.json(failures.isEmpty() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE, json -> {
      if (!failures.isEmpty()) {
        failure(json, "the policy \"" + change.name() + "\" is not changed in every partition, as far as is known; ask again,"
            + " which is harmless where it was");
      }
      json.writeStringField("policy", change.name());
      partitions(json, answers);
    });
  }

  private static void failure(JsonGenerator json, String message) throws IOException {
    json.writeStringField("code", ErrorCode.UNAVAILABLE.name());
    json.writeStringField("message", message);
  }

  private static void write(JsonGenerator json, Policy policy) throws IOException {
    json.writeStringField("name", policy.name());
    Json.writeKey(json, "prefix", policy.partitionKeyPrefix());
    json.writeBooleanField("requirePrincipal", policy.requirePrincipal());
    json.writeBooleanField("requireReason", policy.requireReason());
    json.writeBooleanField("redactable", policy.redactable());
  }

  private static void partitions(JsonGenerator json, List<Answer> answers) throws IOException {
    json.writeArrayFieldStart("partitions");
    for (Answer answer : answers) {
      json.writeStartObject();
      json.writeNumberField("partition", answer.partition());
      json.writeBooleanField("ok", answer.outcome().isPresent());
      if (answer.outcome().isPresent()) {
        json.writeBooleanField("changed", answer.outcome().get().changed());
        json.writeNumberField("revision", answer.outcome().get().lsn());
      } else {
        json.writeStringField("code", answer.failure().orElseThrow().code().name());
        json.writeStringField("message", String.valueOf(answer.failure().orElseThrow().getMessage()));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static StoreException invalid(String message) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
