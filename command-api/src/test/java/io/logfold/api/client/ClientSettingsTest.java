package io.logfold.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClientSettingsTest {
  @Test
  void aKeepAliveThatWouldHaveNoEffectIsRefused() {
    LogfoldClientBuilder builder = LogfoldClient.builder().server("http://127.0.0.1:1").keepAlive(Duration.ofMillis(9_999));
    StoreException refused = catchThrowableOfType(StoreException.class, builder::build);
    assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    assertThat(refused).hasMessageContaining("ten seconds or more").hasMessageContaining("PT9.999S");
  }

  @Test
  void theShortestKeepAliveIsTaken() {
    LogfoldClient.builder().server("http://127.0.0.1:1").keepAlive(Duration.ofSeconds(10)).build().close();
    PeerClient.connect("http://127.0.0.1:1").close();
  }
}
