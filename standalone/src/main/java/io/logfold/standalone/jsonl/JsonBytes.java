package io.logfold.standalone.jsonl;

import com.fasterxml.jackson.core.JsonGenerator;
import io.logfold.api.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Bytes as fields of JSON, in the REST interface's form. A key is {@code key} (base64url without padding) and, where its
 * bytes are UTF-8, {@code keyText} as well; a value is {@code value} (base64) and {@code valueText}. Stateless.
 */
public final class JsonBytes {
  private static final Base64.Encoder KEY = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Encoder VALUE = Base64.getEncoder();

  private JsonBytes() {}

  public static void key(JsonGenerator json, String name, Bytes key) throws IOException {
    json.writeStringField(name, KEY.encodeToString(key.unsafeArray()));
    text(json, name, key);
  }

  public static void value(JsonGenerator json, Bytes value) throws IOException {
    value(json, value, Integer.MAX_VALUE);
  }

  /** @param mostTextBytes of a larger value the text is left out */
  static void value(JsonGenerator json, Bytes value, int mostTextBytes) throws IOException {
    json.writeStringField("value", VALUE.encodeToString(value.unsafeArray()));
    if (value.size() <= mostTextBytes) {
      text(json, "value", value);
    }
  }

  /** The text these bytes are, where they are UTF-8. */
  public static Optional<String> text(Bytes bytes) {
    try {
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.unsafeArray())).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static void text(JsonGenerator json, String name, Bytes bytes) throws IOException {
    Optional<String> text = text(bytes);
    if (text.isPresent()) {
      json.writeStringField(name + "Text", text.get());
    }
  }
}
