package io.logfold.standalone.cli;

import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.audit.AuditResult;
import io.logfold.log.audit.Misfit;
import io.logfold.log.audit.Seal;
import io.logfold.standalone.audit.AuditedLog;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code audit verify}. */
@Command(name = "verify", description = "Read a store's whole log and name the first record of each partition that does not"
    + " fit: changed, removed, inserted, reordered; with seals also truncated or written anew.",
    footer = {"", "Exit code 0: all fits. 9: the log was touched. 2: a seal or a key cannot be used."})
final class AuditVerifyCommand extends AuditRun {
  @Option(names = "--seal", paramLabel = "FILE", description = "What the log must come by; may be given more than once."
      + " Needs --public-key.")
  List<Path> seals = new ArrayList<>();

  @Option(names = "--public-key", paramLabel = "FILE", description = "Whose seals are believed; may be given more than"
      + " once.")
  List<Path> publicKeys = new ArrayList<>();

  @Option(names = "--strict", description = "Report also what is no change of the history: records that never counted,"
      + " offsets without records, times that go back, fields that this version does not know.")
  boolean strict;

  AuditVerifyCommand(CliIo io) {
    super(io);
  }

  @Override
  int run() {
    if (seals.isEmpty() != publicKeys.isEmpty()) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "--seal and --public-key go together: a seal proves nothing"
          + " but by the public key of who signed it");
    }
    List<PublicKey> trusted = publicKeys.stream().map(AuditRun::publicKey).toList();
    List<Seal.Signed> believed = seals.stream().map(file -> seal(file, trusted)).toList();
    try (AuditedLog log = source.open(io)) {
      AuditResult result = audit(log, believed, Optional.empty(), strict);
      if (json) {
        JsonOut.object(io, out -> {
          write(out, log, result);
          out.writeArrayFieldStart("seals");
          for (Seal.Signed each : believed) {
            out.writeStartObject();
            out.writeStringField("file", each.name());
            out.writeStringField("sealed", each.seal().sealedAt().toString());
            out.writeEndObject();
          }
          out.writeEndArray();
        });
      } else {
        report(result).forEach(io::line);
        io.line(verdict(log, result, believed));
      }
      return result.intact() ? ExitCodes.OK : ErrorCode.CORRUPT.exitCode();
    }
  }

  private static String verdict(AuditedLog log, AuditResult result, List<Seal.Signed> seals) {
    String of = "the log of store '" + result.store() + "' (topic " + log.topic() + ")";
    if (result.intact()) {
      return of + " fits" + (seals.isEmpty() ? "; without a seal its end, and a log written anew, cannot be told"
          : ", and " + (seals.size() == 1 ? "the seal" : "all " + seals.size() + " seals"));
    }
    Misfit first = result.misfits().getFirst();
    return of + " DOES NOT FIT: first at partition " + first.partition() + ", offset " + first.offset();
  }
}
