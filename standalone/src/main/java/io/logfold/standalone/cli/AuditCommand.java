package io.logfold.standalone.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code logfold audit ...}. */
@Command(name = "audit", description = "Prove that a store's log is what was written: keygen, seal, verify. Reads the log"
    + " itself and asks no server.", synopsisSubcommandLabel = "keygen|seal|verify")
final class AuditCommand implements Runnable {
  @Spec
  @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "what of the audit? expected one of keygen, seal, verify");
    }
  }
}
