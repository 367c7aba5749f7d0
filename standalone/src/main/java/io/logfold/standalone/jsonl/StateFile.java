package io.logfold.standalone.jsonl;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.Limits;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file of the state form, read row by row; whatever is wrong with it is told with the line's number. The rows are all there
 * and as they were written only once {@link #next} has come to the end: that is what the trailer proves.
 *
 * <p>Owned by one thread.
 */
final class StateFile implements AutoCloseable {
  private static final JsonFactory FACTORY = JsonFactory.builder().build();
  private static final ObjectMapper MAPPER = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .build();

  private final Path file;
  private final LineReader lines;
  private final String store;
  private Optional<String> digest = Optional.empty();
  private @Nullable StateRow last;
  private long rows;
  private long redacted;

  /**
   * What a look at a whole file found.
   *
   * @param rows that can be imported
   * @param redacted rows whose value was unreadable when the file was made
   */
  record Facts(String store, long rows, long redacted, String digest) {}

  private StateFile(Path file, LineReader lines) throws IOException {
    this.file = file;
    this.lines = lines;
    this.store = header();
  }

  /** @throws StoreException INVALID_ARGUMENT where it cannot be read, or does not begin as such a file does */
  static StateFile open(Path file) {
    try {
      LineReader lines = new LineReader(file);
      try {
        return new StateFile(file, lines);
      } catch (IOException | RuntimeException e) {
        lines.close();
        throw e;
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** Reads all of it, and keeps nothing. */
  static Facts check(Path file) {
    try (StateFile reading = open(file)) {
      while (reading.next().isPresent()) {
        // Each row is looked at by next.
      }
      return new Facts(reading.store, reading.rows, reading.redacted, reading.digest.orElseThrow());
    }
  }

  /** The next row that has a value; empty behind the last one of a whole file. */
  Optional<StateRow> next() {
    if (digest.isPresent()) {
      return Optional.empty();
    }
    try {
      Optional<StateRow> row = read();
      while (row.isPresent() && row.get().redacted()) {
        row = read();
      }
      return row;
    } catch (JsonProcessingException e) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "this is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private Optional<StateRow> read() throws IOException {
    if (!lines.next()) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "the file ends here, behind " + (rows + redacted) + " rows and without the line {\""
          + Format.END + "\": ...} that an export ends with: it is cut off; export again");
    }
    StateRow row = row();
    if (row == null) {
      trailer();
      return Optional.empty();
    }
    StateRow before = last;
    if (before != null && before.partitionKey().equals(row.partitionKey()) && before.key().compareTo(row.key()) >= 0) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "key " + row.key() + " comes behind " + before.key()
          + "; the keys of a partition key must come in order, each once");
    }
    last = row;
    if (row.redacted()) {
      redacted++;
    } else {
      rows++;
    }
    return Optional.of(row);
  }

  /** Number of the line that was read last, from 1. */
  long line() {
    return lines.number();
  }

  @Override
  public void close() {
    lines.close();
  }

  private String header() throws IOException {
    if (!lines.next()) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "the file is empty; an export begins with a header");
    }
    JsonNode header;
    try {
      header = MAPPER.readTree(lines.buffer(), 0, lines.length());
    } catch (JsonProcessingException e) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "the header is not JSON: " + e.getOriginalMessage() + "; expected a file that"
          + " 'logfold export --what state' wrote");
    }
    String format = header.path("format").asText();
    if (format.equals(Format.EVENTS)) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "the file holds events; only state can be imported ('export --what state')");
    }
    if (!format.equals(Format.STATE)) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "the header must say \"format\":\"" + Format.STATE + "\", it says "
          + header.path("format"));
    }
    if (header.path("version").asInt() != Format.VERSION) {
      throw bad(ErrorCode.UNSUPPORTED, "the file has version " + header.path("version") + ", this program reads version "
          + Format.VERSION + "; use the program that wrote it, or a newer one");
    }
    return header.path("store").asText();
  }

  /** Null where it is the trailer. */
  private @Nullable StateRow row() throws IOException {
    Bytes partitionKey = null;
    Bytes key = null;
    Bytes value = null;
    String partitionKeyText = null;
    String keyText = null;
    String valueText = null;
    boolean unreadable = false;
    try (JsonParser json = FACTORY.createParser(lines.buffer(), 0, lines.length())) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw bad(ErrorCode.INVALID_ARGUMENT, "a line is a JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        JsonToken token = json.nextToken();
        switch (name) {
          case Format.END -> {
            return null;
          }
          case "partitionKey" -> partitionKey = base64(json, name, partitionKey);
          case "key" -> key = base64(json, name, key);
          case "value" -> value = base64(json, name, value);
          case "partitionKeyText" -> partitionKeyText = string(json, name);
          case "keyText" -> keyText = string(json, name);
          case "valueText" -> valueText = string(json, name);
          case Format.REDACTED -> unreadable = token == JsonToken.VALUE_TRUE;
          case "revision" -> {
            if (token != JsonToken.VALUE_NUMBER_INT) {
              throw bad(ErrorCode.INVALID_ARGUMENT, "revision must be a number");
            }
          }
          default -> throw bad(ErrorCode.INVALID_ARGUMENT, "there is no field '" + name + "'; a row has partitionKey, key,"
              + " value, their texts, and revision");
        }
      }
      if (json.nextToken() != null) {
        throw bad(ErrorCode.INVALID_ARGUMENT, "a line is one JSON object, and something follows behind it");
      }
    }
    try {
      return new StateRow(lines.number(),
          Limits.checkPartitionKey(bytes("partitionKey", partitionKey, partitionKeyText)),
          Limits.checkKey(bytes("key", key, keyText)),
          unreadable ? Bytes.EMPTY : Limits.checkValue(bytes("value", value, valueText)), unreadable);
    } catch (StoreException e) {
      throw e.getMessage() != null && e.getMessage().startsWith(file.toString()) ? e : bad(e.code(), e.getMessage());
    }
  }

  private Bytes base64(JsonParser json, String name, @Nullable Bytes before) throws IOException {
    String text = string(json, name);
    if (before != null) {
      throw bad(ErrorCode.INVALID_ARGUMENT, name + " is there twice");
    }
    try {
      return Bytes.wrap(Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/')));
    } catch (IllegalArgumentException e) {
      throw bad(ErrorCode.INVALID_ARGUMENT, name + " is not base64: " + e.getMessage());
    }
  }

  private String string(JsonParser json, String name) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw bad(ErrorCode.INVALID_ARGUMENT, name + " must be a string");
    }
    return json.getText();
  }

  /** Either is enough; where there are both they must say the same. */
  private Bytes bytes(String name, @Nullable Bytes bytes, @Nullable String text) {
    if (bytes == null && text == null) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "a row needs " + name + " (base64) or " + name + "Text");
    }
    if (text == null || bytes == null) {
      return bytes != null ? bytes : Bytes.utf8(String.valueOf(text));
    }
    if (!Bytes.utf8(text).equals(bytes)) {
      throw bad(ErrorCode.INVALID_ARGUMENT, name + " and " + name + "Text differ; leave out the one that is wrong");
    }
    return bytes;
  }

  private void trailer() throws IOException {
    JsonNode trailer = MAPPER.readTree(lines.buffer(), 0, lines.length());
    if (!trailer.path(Format.END).asText().equals(Format.STATE) || !trailer.path("rows").canConvertToLong()) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "the trailer must say \"" + Format.END + "\":\"" + Format.STATE
          + "\" and how many rows there are, got " + trailer);
    }
    long there = rows + redacted;
    if (trailer.path("rows").longValue() != there) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "the trailer says " + trailer.path("rows") + " rows, the file has " + there
          + ": lines were lost or added; export again, or correct the trailer where this is meant");
    }
    String found = HexFormat.of().formatHex(lines.digestOfLinesBefore());
    if (trailer.has("sha256") && !trailer.path("sha256").asText().equals(found)) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "the lines before have another SHA-256 than the trailer says: the file was"
          + " changed; export again, or take sha256 out of the trailer where this is meant");
    }
    if (lines.next()) {
      throw bad(ErrorCode.INVALID_ARGUMENT, "something follows behind the trailer");
    }
    digest = Optional.of(found);
  }

  private StoreException bad(ErrorCode code, @Nullable String why) {
    return new StoreException(code, file + " line " + lines.number() + ": " + why);
  }

  private static StoreException unreadable(Path file, IOException e) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, file + " cannot be read: " + e, e);
  }
}
