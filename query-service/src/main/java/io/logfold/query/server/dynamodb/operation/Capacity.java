package io.logfold.query.server.dynamodb.operation;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;

/**
 * Capacity as DynamoDB counts it, by the sizes of items: 4 KB a read unit, half as much where the caller did not ask for
 * consistency (and gets it all the same), 1 KB a write unit, twice as much in a transaction. It is told, and limits nothing.
 */
final class Capacity {
  private static final int READ_BYTES = 4_096;
  private static final int WRITE_BYTES = 1_024;

  /** What the caller wants to be told. */
  enum Told { NONE, TOTAL, INDEXES }

  private Capacity() {}

  static Told told(Params request) {
    return Told.valueOf(request.oneOf("ReturnConsumedCapacity", List.of("NONE", "TOTAL", "INDEXES")));
  }

  /** @param bytes of one item, or of a page of them together */
  static double read(long bytes, boolean consistent) {
    return Math.max(1, units(bytes, READ_BYTES)) * (consistent ? 1 : 0.5);
  }

  static double write(long bytes) {
    return Math.max(1, units(bytes, WRITE_BYTES));
  }

  private static long units(long bytes, int unit) {
    return (bytes + unit - 1) / unit;
  }

  static void write(JsonGenerator json, Told told, String table, double units) throws IOException {
    if (told != Told.NONE) {
      json.writeFieldName("ConsumedCapacity");
      object(json, told, table, units);
    }
  }

  static void object(JsonGenerator json, Told told, String table, double units) throws IOException {
    json.writeStartObject();
    json.writeStringField("TableName", table);
    json.writeNumberField("CapacityUnits", units);
    if (told == Told.INDEXES) {
      json.writeObjectFieldStart("Table");
      json.writeNumberField("CapacityUnits", units);
      json.writeEndObject();
    }
    json.writeEndObject();
  }
}
