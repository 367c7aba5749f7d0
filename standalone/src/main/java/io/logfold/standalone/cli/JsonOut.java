package io.logfold.standalone.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Bytes;
import io.logfold.standalone.jsonl.JsonBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Output for machines: one JSON object a line, in the REST interface's form (see {@link JsonBytes}).
 */
final class JsonOut {
  private static final JsonFactory FACTORY = new JsonFactory();

  private JsonOut() {}

  /** Writes the fields; the object around them is there. */
  @FunctionalInterface
  interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  static void object(CliIo io, Fields fields) {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    try (JsonGenerator json = FACTORY.createGenerator(line)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    line.write('\n');
    io.write(line.toByteArray());
  }

  static void key(JsonGenerator json, String name, Bytes key) throws IOException {
    JsonBytes.key(json, name, key);
  }

  /** A redacted value is no value: it has a field of its own instead. */
  static void value(JsonGenerator json, Bytes value, boolean redacted) throws IOException {
    if (redacted) {
      json.writeBooleanField("redacted", true);
    } else {
      value(json, value);
    }
  }

  static void value(JsonGenerator json, Bytes value) throws IOException {
    JsonBytes.value(json, value);
  }
}
