package io.logfold.query.tables;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Tables;
import io.logfold.query.NodeTables;
import io.logfold.query.tables.TableEntry.Wanted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
        throw damaged("it is not of layout " + LAYOUT, null);
      }
      Map<String, TableEntry> entries = new LinkedHashMap<>();
      for (JsonNode each : root.get("tables")) {
        TableEntry entry = entry(each);
        if (entries.put(entry.name(), entry) != null || entry.name().equals(NodeTables.MAIN)) {
          throw damaged("it names the table \"" + entry.name() + "\" more than once, or the main one", null);
        }
      }
      return List.copyOf(entries.values());
    } catch (JsonProcessingException e) {
      // No more of it: what stands there may be a password.
      JsonLocation at = e.getLocation();
      throw damaged("no JSON" + (at == null ? "" : ", at line " + at.getLineNr()), null);
    } catch (IOException e) {
      throw damaged(e.toString(), e);
    }
  }

  private TableEntry entry(JsonNode each) {
    String wanted = each.path("wanted").asText();
    String url = each.path("url").asText();
    if (url.isBlank() || Arrays.stream(Wanted.values()).noneMatch(known -> known.name().equals(wanted))) {
      throw damaged("a table has name, url, and wanted, which is one of " + Arrays.toString(Wanted.values()), null);
    }
    try {
      Tables.driver(url);
      return new TableEntry(each.path("name").asText(), url, Wanted.valueOf(wanted));
    } catch (StoreException e) {
      throw damaged(String.valueOf(e.getMessage()), e);
    }
  }

  private StoreException damaged(String why, @Nullable Exception cause) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "the list of tables in " + path + " cannot be read (" + why
        + "); restore it, or remove it and add the tables again", cause);
  }

  /** @throws StoreException UNAVAILABLE where it cannot be kept; what was there before stays */
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
      try (FileChannel folder = FileChannel.open(path.toAbsolutePath().getParent())) {
        folder.force(true);
      }
    } catch (IOException e) {
      throw new StoreException(ErrorCode.UNAVAILABLE, "the list of tables cannot be kept in " + path + " (" + e
          + "); see that there is room, and that this user may write there", e);
    }
  }
}
