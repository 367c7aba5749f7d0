package io.logfold.query.server.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.linecorp.armeria.common.HttpData;
import io.logfold.api.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Optional;

/**
 * How JSON is written and read here. Keys are binary safe: {@code key} is base64url without padding, and {@code keyText}
 * is there as well where the bytes are UTF-8; values are base64.
 */
public final class Json {

  /** Writes fields or elements; the surrounding object is there already. */
  @FunctionalInterface
  public interface Body {
    void write(JsonGenerator json) throws IOException;
  }

  /** Strict: a field given twice or text behind the end is a mistake of the caller's. */
  static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).build())
          .build())
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private Json() {}

  /** One object, with a line break behind it for those who read it in a terminal. */
  public static HttpData object(Body fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = MAPPER.createGenerator(out)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return HttpData.wrap(out.toByteArray());
  }

  /** {@code name} as base64url, and {@code nameText} where the bytes are UTF-8. */
  static void writeKey(JsonGenerator json, String name, Bytes key) throws IOException {
    json.writeStringField(name, base64url(key));
    Optional<String> text = PercentCoding.text(key);
    if (text.isPresent()) {
      json.writeStringField(name + "Text", text.get());
    }
  }

  /** Every value that leaves in JSON. */
  static void writeValue(JsonGenerator json, Bytes value) throws IOException {
    json.writeStringField("value", Base64.getEncoder().encodeToString(value.unsafeArray()));
  }

  static String base64url(Bytes bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.unsafeArray());
  }
}
