package io.logfold.standalone.importgit;

import io.logfold.api.Bytes;
import io.logfold.api.RequestId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Request ids that follow from what is asked, so that whoever asks again after a crash asks the same. */
public final class RequestIds {
  private RequestIds() {}

  /** 128 bits that follow from a name. */
  public static RequestId named(String... name) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(String.join("\n", name).getBytes(StandardCharsets.UTF_8));
      return RequestId.of(Bytes.wrap(Arrays.copyOf(hash, 16)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
