package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import java.util.Optional;

/**
 * One path of a git tree that changes from one value to another; never from a value to the same one.
 *
 * @param path the bytes that git has
 * @param before {@code MODE OID} as {@code git ls-tree} prints them; empty where the path was absent
 * @param after likewise; empty where the path goes away
 */
record TreeChange(Bytes path, Optional<Bytes> before, Optional<Bytes> after) {
  TreeChange {
    if (before.equals(after)) {
      throw new IllegalArgumentException(path + " does not change: " + before);
    }
  }
}
