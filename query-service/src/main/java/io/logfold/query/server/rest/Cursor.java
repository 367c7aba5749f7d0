package io.logfold.query.server.rest;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;

/**
 * Where a page ended: the opaque {@code next} of one answer and {@code cursor} of the next request, which otherwise asks
 * the same. It carries its direction, so that a forward cursor in a reverse scan is refused instead of misread.
 */
record Cursor(Bytes last, boolean reverse) {

  static Cursor parse(String text, boolean reverse) {
    String direction = reverse ? "r" : "f";
    if (!text.startsWith(direction) || text.length() < 2) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "cursor must be the next of an earlier answer to the same"
          + " request, with the same reverse; got '" + RequestTarget.shortened(text) + "'");
    }
    return new Cursor(RequestTarget.base64url("cursor", text.substring(1)), reverse);
  }

  @Override
  public String toString() {
    return (reverse ? "r" : "f") + Json.base64url(last);
  }
}
