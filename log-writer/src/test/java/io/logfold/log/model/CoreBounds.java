package io.logfold.log.model;

/**
 * How much may happen in one run of the {@link CoreModel}. Ticks and reads are not bounded.
 *
 * @param ttlTicks the longest real time a lease lasts; clocks saturate there
 * @param claims claims sent by anybody
 * @param events data events appended by anybody
 * @param renewals Renew and Barrier records (to the protocol they are the same)
 * @param errors times a node gives up a token or a claim with records of unknown fate
 * @param restarts times a process dies and comes back without memory
 * @param strays records of a stranger
 * @param duplicates times a record that landed lands once more
 * @param divergences times a standby's fold goes wrong (a bug, a forged checkpoint)
 */
record CoreBounds(
    String name,
    int nodes,
    int ttlTicks,
    int claims,
    int events,
    int renewals,
    int resigns,
    int errors,
    int restarts,
    int strays,
    int duplicates,
    int divergences) {

  int maxLog() {
    return claims + events + renewals + resigns + strays + duplicates;
  }

  int maxInFlight() {
    return claims + events + renewals + resigns;
  }

  static CoreBounds of(String name, int nodes, int ttlTicks, int claims, int events) {
    return new CoreBounds(name, nodes, ttlTicks, claims, events, 0, 0, 0, 0, 0, 0, 0);
  }

  CoreBounds renewals(int count) {
    return new CoreBounds(
        name, nodes, ttlTicks, claims, events, count, resigns, errors, restarts, strays, duplicates, divergences);
  }

  CoreBounds resigns(int count) {
    return new CoreBounds(
        name, nodes, ttlTicks, claims, events, renewals, count, errors, restarts, strays, duplicates, divergences);
  }

  CoreBounds errors(int count) {
    return new CoreBounds(
        name, nodes, ttlTicks, claims, events, renewals, resigns, count, restarts, strays, duplicates, divergences);
  }

  CoreBounds restarts(int count) {
    return new CoreBounds(
        name, nodes, ttlTicks, claims, events, renewals, resigns, errors, count, strays, duplicates, divergences);
  }

  CoreBounds strays(int count) {
    return new CoreBounds(
        name, nodes, ttlTicks, claims, events, renewals, resigns, errors, restarts, count, duplicates, divergences);
  }

  CoreBounds duplicates(int count) {
    return new CoreBounds(
        name, nodes, ttlTicks, claims, events, renewals, resigns, errors, restarts, strays, count, divergences);
  }

  CoreBounds divergences(int count) {
    return new CoreBounds(
        name, nodes, ttlTicks, claims, events, renewals, resigns, errors, restarts, strays, duplicates, count);
  }
}
