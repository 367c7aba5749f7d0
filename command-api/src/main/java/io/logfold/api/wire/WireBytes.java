package io.logfold.api.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.logfold.api.Bytes;
import java.util.ArrayList;
import java.util.List;

/** Byte strings of the API and of protobuf. To the wire nothing is copied: both sides promise never to change theirs. */
final class WireBytes {
  private WireBytes() {}

  static ByteString encode(Bytes bytes) {
    return bytes.isEmpty() ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(bytes.unsafeArray());
  }

  static Bytes decode(ByteString bytes) {
    return bytes.isEmpty() ? Bytes.EMPTY : Bytes.wrap(bytes.toByteArray());
  }

  static List<Bytes> decode(List<ByteString> list) {
    List<Bytes> decoded = new ArrayList<>(list.size());
    for (ByteString bytes : list) {
      decoded.add(decode(bytes));
    }
    return decoded;
  }
}
