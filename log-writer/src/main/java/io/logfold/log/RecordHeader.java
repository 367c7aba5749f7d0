package io.logfold.log;

/**
 * What every record carries.
 *
 * @param store name of the store
 * @param partition the store partition, which is the Kafka partition
 * @param format of the record; readers refuse a newer one
 * @param prevHash hash of the fold's state that the record was made on
 */
public record RecordHeader(String store, int partition, int format, Hash prevHash) {
  /** The newest format this code writes and reads. */
  public static final int FORMAT = 1;
}
