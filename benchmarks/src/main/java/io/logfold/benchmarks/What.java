package io.logfold.benchmarks;

/** What the load driver measures; the order is the table's. */
enum What implements Case.Subject {
  SET_IF("SetIf (revisionIs)", "setif"),
  SET("set", "set"),
  GET("get, linearizable", "get"),
  SCAN("scan of a partition key", "scan"),
  REST_GET("get by REST (JDK client)", "rest"),
  EMBEDDED_SET_IF("SetIf, in process", "embedded-setif"),
  EMBEDDED_GET("get, in process", "embedded-get"),
  RAW("raw Kafka producer", "raw");

  final String option;
  private final String label;

  What(String label, String option) {
    this.label = label;
    this.option = option;
  }

  @Override
  public String label() {
    return label;
  }

  boolean writes() {
    return this == SET_IF || this == SET || this == EMBEDDED_SET_IF;
  }

  /** Needs the node in a process of its own, or any other that has a URL. */
  boolean needsServer() {
    return !needsEmbedded();
  }

  boolean needsEmbedded() {
    return this == EMBEDDED_SET_IF || this == EMBEDDED_GET || this == RAW;
  }
}
