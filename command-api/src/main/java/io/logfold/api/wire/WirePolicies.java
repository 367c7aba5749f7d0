package io.logfold.api.wire;

import io.logfold.api.PolicyChange;
import io.logfold.api.RequestId;
import io.logfold.api.RequestInfo;
import java.util.List;
import java.util.Optional;

/** Policies and their changes to and from the wire. Pure; any thread. */
public final class WirePolicies {
  private WirePolicies() {}

  public static Policies change(int partition, PolicyChange change, RequestInfo request,
      io.logfold.api.Provenance provenance) {
    Policies.Builder wire = Policies.newBuilder()
        .setPartition(partition)
        .setRequestId(WireBytes.encode(request.id().bytes()))
        .setRequestTimeMs(request.timeMs());
    WireRequests.encode(provenance).ifPresent(wire::setProvenance);
    return switch (change) {
      case PolicyChange.Put put -> wire.setPut(encode(put.policy())).build();
      case PolicyChange.Remove remove -> wire.setRemove(remove.name()).build();
    };
  }

  /** Empty where it only asks. */
  public static Optional<PolicyChange> change(Policies wire) {
    return switch (wire.getChangeCase()) {
      case PUT -> Optional.of(new PolicyChange.Put(decode(wire.getPut())));
      case REMOVE -> Optional.of(new PolicyChange.Remove(wire.getRemove()));
      case CHANGE_NOT_SET -> Optional.empty();
    };
  }

  public static RequestInfo request(Policies wire) {
    return new RequestInfo(RequestId.of(WireBytes.decode(wire.getRequestId())), 0, wire.getRequestTimeMs());
  }

  /** @param source where the request came from; used where the message does not say */
  public static io.logfold.api.Provenance provenance(Policies wire, String source) {
    return WireRequests.decode(wire.getProvenance(), source);
  }

  public static PoliciesResult result(long revision, boolean changed, List<io.logfold.api.Policy> policies) {
    return PoliciesResult.newBuilder().setRevision(revision).setChanged(changed)
        .addAllPolicies(policies.stream().map(WirePolicies::encode).toList()).build();
  }

  public static List<io.logfold.api.Policy> policies(PoliciesResult wire) {
    return wire.getPoliciesList().stream().map(WirePolicies::decode).toList();
  }

  public static Redact encode(io.logfold.api.RedactRequest request) {
    Redact.Builder wire = Redact.newBuilder()
        .setPartitionKey(WireBytes.encode(request.partitionKey()))
        .setKey(WireBytes.encode(request.key()))
        .setRevision(request.revision())
        .setRequestId(WireBytes.encode(request.request().id().bytes()))
        .setAttempt(request.request().attempt())
        .setRequestTimeMs(request.request().timeMs());
    WireRequests.encode(request.provenance()).ifPresent(wire::setProvenance);
    return wire.build();
  }

  /** @param source where the request came from; used where the message does not say */
  public static io.logfold.api.RedactRequest decode(Redact wire, String source) {
    return new io.logfold.api.RedactRequest(WireBytes.decode(wire.getPartitionKey()), WireBytes.decode(wire.getKey()),
        wire.getRevision(), new RequestInfo(RequestId.of(WireBytes.decode(wire.getRequestId())), wire.getAttempt(),
            wire.getRequestTimeMs()), WireRequests.decode(wire.getProvenance(), source));
  }

  public static Redacted encode(io.logfold.api.RedactOutcome outcome) {
    return Redacted.newBuilder().setRevision(outcome.revision()).setChanged(outcome.changed()).build();
  }

  public static io.logfold.api.RedactOutcome decode(Redacted wire) {
    return new io.logfold.api.RedactOutcome(wire.getRevision(), wire.getChanged());
  }

  private static Policy encode(io.logfold.api.Policy policy) {
    return Policy.newBuilder()
        .setName(policy.name())
        .setPartitionKeyPrefix(WireBytes.encode(policy.partitionKeyPrefix()))
        .setRequirePrincipal(policy.requirePrincipal())
        .setRequireReason(policy.requireReason())
        .setRedactable(policy.redactable())
        .build();
  }

  private static io.logfold.api.Policy decode(Policy wire) {
    return new io.logfold.api.Policy(wire.getName(), WireBytes.decode(wire.getPartitionKeyPrefix()),
        wire.getRequirePrincipal(), wire.getRequireReason(), wire.getRedactable());
  }
}
