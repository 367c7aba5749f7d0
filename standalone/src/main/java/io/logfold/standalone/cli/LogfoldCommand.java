package io.logfold.standalone.cli;

import io.logfold.standalone.cli.CliIo.OutputClosedException;
import io.logfold.standalone.dev.DevOptions;
import io.logfold.standalone.node.RunningNode;
import io.logfold.standalone.server.ServerConfig;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine;

/** The root of the command line: {@code logfold COMMAND}. */
@Command(name = "logfold", description = "An event-sourced, linearizable key-value store on Apache Kafka.",
    mixinStandardHelpOptions = true, versionProvider = LogfoldCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "'logfold help COMMAND' tells more; 'logfold help exit-codes' what a command's exit code means."})
public final class LogfoldCommand implements Runnable {
  @Spec
  CommandSpec spec = CommandSpec.create();

  private LogfoldCommand() {}

  /** Runs a command and gives the process's exit code. Failures are one line on standard error, never a stack trace. */
  public static int run(CliIo io, Nodes nodes, String... arguments) {
    return run(io, nodes, StopSignal.ofProcess(), arguments);
  }

  /** How nodes are started. */
  public record Nodes(RunningNode.Starter<DevOptions> dev, RunningNode.Starter<ServerConfig> server) {}

  static int run(CliIo io, Nodes nodes, StopSignal stopSignal, String... arguments) {
    PrintWriter out = new PrintWriter(io.out(), false, StandardCharsets.UTF_8);
    CommandLine line = new CommandLine(new LogfoldCommand())
        .addSubcommand(new GetCommand(io))
        .addSubcommand(new SetCommand(io))
        .addSubcommand(new SetIfCommand(io))
        .addSubcommand(new DeleteCommand(io))
        .addSubcommand(new ScanCommand(io))
        .addSubcommand(new CommitCommand(io))
        .addSubcommand(new ResolveCommand(io))
        .addSubcommand(new KeysCommand(io))
        .addSubcommand(new HistoryCommand(io))
        .addSubcommand(new DiffCommand(io))
        .addSubcommand(new WatchCommand(io))
        .addSubcommand(new ClusterCommand(io))
        .addSubcommand(new CommandLine(new TablesCommand(io))
            .addSubcommand(new TablesCommand.Serve(io))
            .addSubcommand(new TablesCommand.Remove(io)))
        .addSubcommand(new RedactCommand(io))
        .addSubcommand(new CommandLine(new PolicyCommand(io))
            .addSubcommand(new PolicyCommand.ListAll(io))
            .addSubcommand(new PolicyCommand.Put(io))
            .addSubcommand(new PolicyCommand.Remove(io))
            .addSubcommand(new PolicyCommand.MakeMasterKey(io)))
        .addSubcommand(new ReplayCommand(io))
        .addSubcommand(new VerifyCommand(io))
        .addSubcommand(new ImportGitCommand(io))
        .addSubcommand(new ExportCommand(io))
        .addSubcommand(new ImportCommand(io))
        .addSubcommand(new DevCommand(io, nodes.dev(), stopSignal))
        .addSubcommand(new ServerCommand(io, nodes.server(), stopSignal))
        .addSubcommand(new CommandLine(new TopicCommand())
            .addSubcommand(new TopicCommand.Create(io)))
        .addSubcommand(new CommandLine(new AuditCommand())
            .addSubcommand(new AuditKeygenCommand(io))
            .addSubcommand(new AuditSealCommand(io))
            .addSubcommand(new AuditVerifyCommand(io)))
        .addSubcommand(exitCodes(io))
        .addSubcommand(new CommandLine.HelpCommand());
    line.getSubcommands().values().stream().filter(sub -> !(sub.getCommand() instanceof CommandLine.HelpCommand))
        .forEach(sub -> sub.getCommandSpec().mixinStandardHelpOptions(true));
    // A key may be called '@file', and quotes are part of a key.
    line.setExpandAtFiles(false).setTrimQuotes(false).setAbbreviatedOptionsAllowed(false)
        .setOut(out).setErr(io.err())
        .setUsageHelpLongOptionsMaxWidth(40).setUsageHelpWidth(110)
        .setColorScheme(CommandLine.Help.defaultColorScheme(io.outIsTerminal() ? Ansi.ON : Ansi.OFF))
        .setParameterExceptionHandler((failure, given) -> usage(io, failure))
        .setExecutionExceptionHandler((failure, command, parsed) ->
            Failures.report(io, new CommonOptions(), java.util.Optional.empty(), failure));
    try {
      int code = line.execute(arguments);
      out.flush();
      io.flush();
      return code;
    } catch (OutputClosedException e) {
      return ExitCodes.OUTPUT_CLOSED;
    }
  }

  /** Its help holds the table too, so that {@code logfold help exit-codes} answers. */
  private static CommandLine exitCodes(CliIo io) {
    CommandLine command = new CommandLine(new ExitCodesCommand(io));
    command.getCommandSpec().usageMessage().footer(ExitCodes.table().toArray(String[]::new));
    return command;
  }

  private static int usage(CliIo io, ParameterException failure) {
    io.err().println("logfold: INVALID_ARGUMENT: " + String.valueOf(failure.getMessage()).replace('\n', ' ') + "; see '"
        + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help'");
    return ExitCodes.USAGE;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command? expected one of "
        + String.join(", ", spec.subcommands().keySet()));
  }

  /** Prints the table that {@code logfold help exit-codes} shows. */
  @Command(name = "exit-codes", description = "Print what the exit codes mean.")
  static final class ExitCodesCommand implements Callable<Integer> {
    private final CliIo io;

    ExitCodesCommand(CliIo io) {
      this.io = io;
    }

    @Override
    public Integer call() {
      ExitCodes.table().forEach(io::line);
      return ExitCodes.OK;
    }
  }

  /** The version of the jar; a build that is no jar has none. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = LogfoldCommand.class.getPackage().getImplementationVersion();
      return new String[] {"logfold " + (version == null ? "(development build)" : version)};
    }
  }
}
