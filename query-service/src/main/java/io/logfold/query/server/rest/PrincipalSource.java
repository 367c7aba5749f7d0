package io.logfold.query.server.rest;

/** Who says who the caller is (the option {@code principal.source}). */
public enum PrincipalSource {
  /** Nobody: {@code Logfold-Principal} is ignored, events carry no principal. */
  NONE,
  /** The caller, in {@code Logfold-Principal}, unproven: for development, or behind a proxy that sets it. */
  HEADER
}
