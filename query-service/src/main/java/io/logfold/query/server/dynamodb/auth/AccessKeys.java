package io.logfold.query.server.dynamodb.auth;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The access keys that requests may be signed with. Immutable.
 *
 * <p>The file has a line for each: {@code NAME ACCESS-KEY-ID SECRET-ACCESS-KEY}, with blanks between; the name is the
 * principal of what is written with the key. Empty lines, and what begins with {@code #}, say nothing.
 */
public final class AccessKeys {
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private final boolean any;
  private final Map<String, AccessKey> keys;

  private AccessKeys(boolean any, Map<String, AccessKey> keys) {
    this.any = any;
    this.keys = Map.copyOf(keys);
  }

  /** One access key; never printed with its secret. */
  record AccessKey(String principal, String secret) {
    @Override
    public String toString() {
      return "AccessKey[" + principal + "]";
    }
  }

  /** For development: any signature is taken, and the id of its access key for the principal. */
  public static AccessKeys any() {
    return new AccessKeys(true, Map.of());
  }

  /** Nobody may call: the API is not offered. */
  public static AccessKeys none() {
    return new AccessKeys(false, Map.of());
  }

  /** @throws StoreException INVALID_ARGUMENT with the first line that is wrong, and without its secret */
  public static AccessKeys read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (CharacterCodingException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the file of access keys " + file + " is no text", e);
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the file of access keys " + file + " cannot be read: " + e, e);
    }
    Map<String, AccessKey> keys = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String[] words = BLANKS.split(line);
      if (words.length != 3) {
        throw wrong(file, i, "must have three words, NAME ACCESS-KEY-ID SECRET-ACCESS-KEY, and has " + words.length);
      }
      if (keys.put(words[1], new AccessKey(words[0], words[2])) != null) {
        throw wrong(file, i, "names the access key " + words[1] + " a second time");
      }
    }
    if (keys.isEmpty()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "the file of access keys " + file + " has none;"
          + " a line for each: NAME ACCESS-KEY-ID SECRET-ACCESS-KEY");
    }
    return new AccessKeys(false, keys);
  }

  private static StoreException wrong(Path file, int index, String what) {
    return new StoreException(ErrorCode.INVALID_ARGUMENT, "line " + (index + 1) + " of the file of access keys " + file + " " + what);
  }

  public boolean takesAny() {
    return any;
  }

  /** Whether somebody may call at all. */
  public boolean isOffered() {
    return any || !keys.isEmpty();
  }

  Optional<AccessKey> find(String id) {
    return Optional.ofNullable(keys.get(id));
  }
}
