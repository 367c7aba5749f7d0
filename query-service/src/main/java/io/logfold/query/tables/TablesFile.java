package io.logfold.query.tables;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.query.tables.TableEntry.Wanted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where a node keeps which tables it has beside the main one: {@code {"layout":1,"tables":[{name,url,wanted}]}}. Written
 * whole, beside the old one and then in its place; readable by its owner alone, since URLs hold passwords.
 */
final class TablesFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LAYOUT = 1;

  private final Path path;

  TablesFile(Path path) {
    this.path = path;
  }

  /** @throws StoreException INVALID_ARGUMENT where it is there and is not one of these */
  List<TableEntry> read() {
    if (!Files.exists(path)) {
      return List.of();
    }
    try {
      JsonNode root = JSON.readTree(Files.readAllBytes(path));
      if (root.path("layout").asInt() != LAYOUT || !root.path("tables").isArray()) {
        throw new IllegalArgumentException("it is not of layout " + LAYOUT);
      }
      List<TableEntry> entries = new ArrayList<>();
      for (JsonNode each : root.get("tables")) {
        entries.add(new TableEntry(each.path("name").asText(), each.path("url").asText(),
            Wanted.valueOf(each.path("wanted").asText())));
      }
      return entries;
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw damaged(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw damaged(e.toString(), e);
    }
  }

  private StoreException damaged(String why, Exception cause) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "the list of tables in " + path + " cannot be read (" + why
        + "); restore it, or remove it and add the tables again", cause);
  }

  void write(List<TableEntry> entries) {
    ObjectNode root = JSON.createObjectNode().put("layout", LAYOUT);
    ArrayNode tables = root.putArray("tables");
    for (TableEntry entry : entries) {
      tables.addObject().put("name", entry.name()).put("url", entry.url()).put("wanted", entry.wanted().name());
    }
    Path next = path.resolveSibling(path.getFileName() + ".new");
    try {
      Files.deleteIfExists(next);
      Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (FileChannel file = FileChannel.open(next, Set.of(StandardOpenOption.WRITE))) {
        ByteBuffer bytes = ByteBuffer.wrap(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
        while (bytes.hasRemaining()) {
          file.write(bytes);
        }
        file.force(true);
      }
      Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("the list of tables cannot be kept in " + path, e);
    }
  }
}
