package io.logfold.standalone.jsonl;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.util.HexFormat;

/** Writes JSON objects, one a line, and at last one with the SHA-256 of all bytes before it. Owned by one thread. */
final class LineWriter {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM).build();

  private final DigestOutputStream out;
  private final JsonGenerator json;

  LineWriter(OutputStream target) throws IOException {
    out = new DigestOutputStream(target, Format.sha256());
    json = FACTORY.createGenerator(out);
    json.setPrettyPrinter(new MinimalPrettyPrinter(""));
  }

  /** Writes the fields; the object around them is there. */
  @FunctionalInterface
  interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  void line(Fields fields) throws IOException {
    json.writeStartObject();
    fields.write(json);
    json.writeEndObject();
    json.writeRaw('\n');
  }

  /** Nothing may follow. */
  void trailer(String form, Fields fields) throws IOException {
    json.flush();
    String digest = HexFormat.of().formatHex(out.getMessageDigest().digest());
    line(each -> {
      each.writeStringField(Format.END, form);
      fields.write(each);
      each.writeStringField("sha256", digest);
    });
    json.flush();
    out.flush();
  }
}
