package io.logfold.projector.table.example;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.TableDriver;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Opens {@code journal:DIR}; {@code ?fsync=true} has each batch on the disk before apply returns. */
public final class JournalTableDriver implements TableDriver {
  @Override
  public String scheme() {
    return "journal";
  }

  @Override
  public boolean local() {
    return true;
  }

  @Override
  public Table open(URI url, String store, int partitions) {
    String[] parts = url.getRawSchemeSpecificPart().split("\\?", 2);
    String folder = URLDecoder.decode(parts[0].replace("+", "%2B"), StandardCharsets.UTF_8);
    String option = parts.length == 1 ? "fsync=false" : parts[1];
    if (folder.isEmpty() || folder.equals("/") || folder.startsWith("//") || url.getRawFragment() != null
        || !option.matches("fsync=(true|false)")) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "not the URL of a journal: \"" + url
          + "\"; expected for example journal:/var/lib/logfold?fsync=true");
    }
    return JournalTable.open(Path.of(folder), store, partitions, option.equals("fsync=true"));
  }
}
