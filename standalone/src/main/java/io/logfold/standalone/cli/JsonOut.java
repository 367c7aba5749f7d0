package io.logfold.standalone.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;

/**
 * Output for machines: one JSON object a line, in the REST interface's form. A key is {@code key} (base64url without
 * padding) and, where its bytes are UTF-8, {@code keyText} as well; a value is {@code value} (base64) and
 * {@code valueText}.
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
    json.writeStringField(name, Base64.getUrlEncoder().withoutPadding().encodeToString(key.unsafeArray()));
    text(json, name, key);
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
    json.writeStringField("value", Base64.getEncoder().encodeToString(value.unsafeArray()));
    text(json, "value", value);
  }

  private static void text(JsonGenerator json, String name, Bytes bytes) throws IOException {
    var text = Encoding.text(bytes);
    if (text.isPresent()) {
      json.writeStringField(name + "Text", text.get());
    }
  }
}
