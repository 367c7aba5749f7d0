package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.audit.AuditResult;
import io.logfold.log.audit.PartitionAudit;
import io.logfold.log.audit.Seal;
import io.logfold.log.audit.SealFile;
import io.logfold.log.audit.SealKey;
import io.logfold.standalone.audit.AuditedLog;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code audit seal}. */
@Command(name = "seal", description = "Verify a store's log, then sign what it is now: each partition's position and hash."
    + " Keep the seal, and the key, where the log's keepers cannot reach them.",
    footer = {"", "Exit code 9: the log was touched; nothing is signed."})
final class AuditSealCommand extends AuditRun {
  @Option(names = "--key", paramLabel = "FILE", required = true, description = "The private key, as 'audit keygen' makes it;"
      + " FILE.pub must lie beside it.")
  Path key = Path.of("");

  @Option(names = "--after", paramLabel = "SEAL", description = "Verify from this earlier seal on instead of from the"
      + " beginning.")
  @Nullable Path after;

  @Option(names = "--public-key", paramLabel = "FILE", description = "Whose earlier seal is believed besides the key's own;"
      + " may be given more than once.")
  List<Path> publicKeys = new ArrayList<>();

  @Option(names = "--out", paramLabel = "FILE", description = "Where to write the seal; never overwritten. Default: standard"
      + " output, and all else to standard error.")
  @Nullable Path file;

  AuditSealCommand(CliIo io) {
    super(io);
  }

  @Override
  int run() {
    Path target = file;
    if (target != null && Files.exists(target)) {
      throw exists(target);
    }
    PrivateKey privateKey = SealKey.readPrivate(key);
    PublicKey publicKey = publicKey(SealKey.publicFile(key));
    List<PublicKey> trusted = new ArrayList<>(publicKeys.stream().map(AuditRun::publicKey).toList());
    trusted.add(publicKey);
    Optional<Seal.Signed> earlier = Optional.ofNullable(after).map(each -> seal(each, trusted));
    try (AuditedLog log = source.open(io)) {
      AuditResult result = audit(log, List.of(), earlier, false);
      if (!result.intact()) {
        report(result).forEach(json ? io.err()::println : io::line);
        throw new StoreException(ErrorCode.CORRUPT, "nothing was sealed, the log does not fit: "
            + result.misfits().getFirst());
      }
      Instant now = Instant.ofEpochMilli(io.clock().millis());
      Seal seal = new Seal(result.store(), now, earlier.map(each -> SealKey.sha256(each.file())), SealKey.id(publicKey),
          result.partitions().stream().map(PartitionAudit::point).toList());
      Bytes statement = SealFile.statement(seal);
      Bytes text = SealFile.file(statement, SealKey.sign(statement, privateKey, publicKey));
      if (target != null) {
        write(target, text);
      }
      if (json) {
        JsonOut.object(io, out -> {
          write(out, log, result);
          out.writeStringField("seal", text.utf8());
          out.writeStringField("sha256", SealKey.sha256(text).hex());
        });
      } else if (target != null) {
        report(result).forEach(io::line);
        io.line("sealed in " + target + " (SHA-256 " + SealKey.sha256(text).hex() + ")");
      } else {
        report(result).forEach(io.err()::println);
        io.write(text.toArray());
      }
      return ExitCodes.OK;
    }
  }

  private static void write(Path file, Bytes text) {
    try {
      Files.write(file, text.toArray(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw exists(file);
    } catch (IOException e) {
      throw new StoreException(ErrorCode.INVALID_ARGUMENT, "cannot write the seal " + file + ": " + e, e);
    }
  }

  private static StoreException exists(Path file) {
    return new StoreException(
        ErrorCode.INVALID_ARGUMENT, file + " is there already, and seals are never overwritten; give another name");
  }
}
