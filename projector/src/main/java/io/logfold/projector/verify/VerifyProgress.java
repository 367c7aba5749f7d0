package io.logfold.projector.verify;

/**
 * How far a verification is. First the log is folded, then rows are compared.
 *
 * @param records of the log folded
 * @param totalRecords to be folded; grows where the table moves; -1: not known yet
 * @param rows compared
 * @param differences found so far
 * @param partitionsDone of {@code partitions}
 */
public record VerifyProgress(long records, long totalRecords, long rows, long differences, int partitionsDone,
    int partitions) {}
