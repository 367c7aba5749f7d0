package io.logfold.api.wire;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;

/** {@link io.logfold.api.Moment} to and from its message. */
public final class WireMoments {
  private WireMoments() {}

  public static Moment encode(io.logfold.api.Moment moment) {
    return switch (moment) {
      case io.logfold.api.Moment.Revision revision -> Moment.newBuilder().setRevision(revision.revision()).build();
      case io.logfold.api.Moment.Time time -> Moment.newBuilder().setTimeMs(time.timeMs()).build();
      case io.logfold.api.Moment.Positions positions ->
          Moment.newBuilder().setPositions(Positions.newBuilder().addAllRevisions(positions.revisions())).build();
    };
  }

  /** @throws StoreException INVALID_ARGUMENT where the message says none, or an illegal one */
  public static io.logfold.api.Moment decode(Moment moment) {
    return switch (moment.getKindCase()) {
      case REVISION -> new io.logfold.api.Moment.Revision(moment.getRevision());
      case TIME_MS -> new io.logfold.api.Moment.Time(moment.getTimeMs());
      case POSITIONS -> new io.logfold.api.Moment.Positions(moment.getPositions().getRevisionsList());
      case KIND_NOT_SET -> throw new StoreException(ErrorCode.INVALID_ARGUMENT,
          "a moment is a revision, a time or positions; got none");
    };
  }
}
