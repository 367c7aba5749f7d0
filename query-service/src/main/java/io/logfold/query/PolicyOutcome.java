package io.logfold.query;

import io.logfold.api.Policy;
import java.util.List;

/**
 * The policies of a partition, as its leader has them.
 *
 * @param lsn a position of the partition at which they are in force
 * @param changed whether they are so by this call; false: they were so before, or were only asked for
 * @param policies in order of their names
 */
public record PolicyOutcome(int partition, long lsn, boolean changed, List<Policy> policies) {
  public PolicyOutcome {
    policies = List.copyOf(policies);
  }
}
