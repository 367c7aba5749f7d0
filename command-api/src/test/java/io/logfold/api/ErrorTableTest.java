package io.logfold.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** docs/ERRORS.md says what {@link ErrorCode} says. {@code -Dlogfold.docs.update=true} writes it anew. */
class ErrorTableTest {
  private static final Path FILE = Path.of(System.getProperty("basedir", "."), "..", "docs", "ERRORS.md");

  private static final String INTRODUCTION = """
      # Errors

      Every failure that leaves the store carries one of these codes; each interface says it in its own words. A
      predicate that does not hold and a key that is absent are answers, not errors (HTTP 412 and 404, exit code 3).
      *Retry* says whether calling again makes sense: `NEVER`, `LATER`, `ELSEWHERE` (at another node), or with the
      `SAME_REQUEST_ID` and the next attempt number. *Applied?* says whether a write that failed so may nevertheless be,
      or become, part of history. This page is made from `io.logfold.api.ErrorCode` by `ErrorTableTest`.

      """;

  @Test
  void theDocumentedTableIsTheOneInTheCode() throws IOException {
    String rendered = render();
    if (Boolean.getBoolean("logfold.docs.update")) {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, rendered);
    }
    assertThat(FILE).exists().as("run this test with -Dlogfold.docs.update=true to write it anew")
        .hasContent(rendered);
  }

  @Test
  void everyGrpcStatusIsOneOfItsCodesAndNoErrorIsOk() {
    assertThat(ErrorCode.values()).allSatisfy(code ->
        assertThat(Status.Code.valueOf(code.grpcStatus())).isNotEqualTo(Status.Code.OK));
  }

  @Test
  void httpStatusesAreErrorsAndNoneIsKeptForAnswers() {
    assertThat(ErrorCode.values()).allSatisfy(code ->
        assertThat(code.httpStatus()).isBetween(400, 599).isNotIn(404, 412));
  }

  @Test
  void exitCodesSayFailureAndLeaveOutTheOneForAnswers() {
    assertThat(ErrorCode.values()).allSatisfy(code -> assertThat(code.exitCode()).isBetween(1, 125).isNotEqualTo(3));
  }

  @Test
  void anUndecidedWriteLooksLikeNothingElse() {
    for (ErrorCode code : ErrorCode.values()) {
      if (code != ErrorCode.UNKNOWN) {
        assertThat(code.exitCode()).as("%s", code).isNotEqualTo(ErrorCode.UNKNOWN.exitCode());
        assertThat(code.grpcStatus()).as("%s", code).isNotEqualTo(ErrorCode.UNKNOWN.grpcStatus());
        assertThat(code.retry()).as("%s", code).isNotEqualTo(ErrorCode.Retry.SAME_REQUEST_ID);
      }
    }
    assertThat(ErrorCode.UNKNOWN.fate()).isEqualTo(ErrorCode.Fate.MAY_HAVE);
  }

  @Test
  void whatMayBeTriedAgainAsANewRequestWasNotApplied() {
    assertThat(Arrays.stream(ErrorCode.values())
        .filter(code -> code.retry() == ErrorCode.Retry.LATER || code.retry() == ErrorCode.Retry.ELSEWHERE))
        .allMatch(code -> code.fate() == ErrorCode.Fate.NOT_APPLIED);
  }

  private static String render() {
    StringBuilder page = new StringBuilder(INTRODUCTION)
        .append("| code | meaning | retry | applied? | REST | gRPC | CLI exit | DynamoDB |\n")
        .append("|---|---|---|---|---|---|---|---|\n");
    for (ErrorCode code : ErrorCode.values()) {
      page.append("| `").append(code).append("` | ").append(code.meaning())
          .append(" | ").append(code.retry())
          .append(" | ").append(code.fate() == ErrorCode.Fate.MAY_HAVE ? "may have been" : "no")
          .append(" | ").append(code.httpStatus())
          .append(" | ").append(code.grpcStatus())
          .append(" | ").append(code.exitCode())
          .append(" | `").append(code.dynamoName()).append("` |\n");
    }
    return page.toString();
  }
}
