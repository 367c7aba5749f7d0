package io.logfold.standalone.cli;

import io.logfold.api.Bytes;
import io.logfold.log.audit.SealKey;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code audit keygen}. */
@Command(name = "keygen", description = "Make an Ed25519 key for seals: FILE, which only you can read, and FILE.pub. Nothing"
    + " is ever overwritten.")
final class AuditKeygenCommand implements Callable<Integer> {
  @Option(names = "--key", paramLabel = "FILE", required = true, description = "Where to write the private key.")
  Path file = Path.of("");

  @Option(names = "--json", description = "Answer with JSON.")
  boolean json;

  private final CliIo io;

  AuditKeygenCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    try {
      Bytes id = SealKey.generate(file);
      if (json) {
        JsonOut.object(io, out -> {
          out.writeStringField("key", id.hex());
          out.writeStringField("privateFile", file.toString());
          out.writeStringField("publicFile", SealKey.publicFile(file).toString());
        });
      } else {
        io.line("made key " + id.hex());
        io.line("private: " + file + " (keep it away from the store); public: " + SealKey.publicFile(file));
      }
      io.flush();
      return ExitCodes.OK;
    } catch (RuntimeException e) {
      CommonOptions options = new CommonOptions();
      options.json = json;
      return Failures.report(io, options, Optional.empty(), e);
    }
  }
}
