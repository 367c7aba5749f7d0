package io.logfold.log.audit;

import java.util.Comparator;
import java.util.List;

/**
 * What the audit of a whole log found.
 *
 * @param partitions in their order
 * @param elapsedMs from begin to end
 */
public record AuditResult(String store, List<PartitionAudit> partitions, long elapsedMs) {
  public AuditResult {
    partitions = List.copyOf(partitions);
  }

  public boolean intact() {
    return partitions.stream().allMatch(PartitionAudit::intact);
  }

  /** Of all partitions, by partition and offset. */
  public List<Misfit> misfits() {
    return partitions.stream().flatMap(each -> each.misfits().stream())
        .sorted(Comparator.comparingInt(Misfit::partition).thenComparingLong(Misfit::offset)).toList();
  }

  public long records() {
    return partitions.stream().mapToLong(PartitionAudit::records).sum();
  }

  public long events() {
    return partitions.stream().mapToLong(PartitionAudit::events).sum();
  }

  public long bytes() {
    return partitions.stream().mapToLong(PartitionAudit::bytes).sum();
  }
}
