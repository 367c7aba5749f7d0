package io.logfold.api;

/**
 * Who asks, why, and from where: part of the event for ever. Empty means "not said".
 *
 * @param principal at most 256 bytes of UTF-8
 * @param reason at most 1 KiB of UTF-8
 * @param source an address or a program, at most 256 bytes of UTF-8
 */
public record Provenance(String principal, String reason, String source) {
  public static final Provenance NONE = new Provenance("", "", "");

  public Provenance {
    principal = Limits.checkText("principal", principal, Limits.MAX_PRINCIPAL_BYTES);
    reason = Limits.checkText("reason", reason, Limits.MAX_REASON_BYTES);
    source = Limits.checkText("source", source, Limits.MAX_SOURCE_BYTES);
  }

  public static Provenance of(String principal, String reason) {
    return new Provenance(principal, reason, "");
  }

  public Provenance withSource(String newSource) {
    return new Provenance(principal, reason, newSource);
  }
}
