package io.logfold.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.query.values.MasterKey;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The policies of a store: what writes must say, and which values can be redacted. */
@Command(name = "policy", description = "List the policies in force; 'policy set NAME' makes or changes one, 'policy"
    + " remove NAME' ends one. They are kept in the log, and in force from the moment they are.")
class PolicyCommand extends AdminCommand {
  PolicyCommand(CliIo io) {
    super(io);
  }

  @Override
  int run(AdminClient server) {
    AdminClient.Answer answer = server.request("GET", "/v1/policies", timeout());
    JsonNode body = answered(server, answer);
    boolean all = answer.status() == 200;
    if (options.json) {
      io.line(body.toString());
    } else if (all && body.path("policies").isEmpty()) {
      io.line("no policies: any write is taken, whoever makes it and why");
    } else {
      int partitions = body.path("partitions").size();
      List<List<String>> rows = new ArrayList<>(List.of(List.of("NAME", "PREFIX", "PRINCIPAL", "REASON", "REDACTABLE", "IN FORCE")));
      for (JsonNode policy : body.path("policies")) {
        Bytes prefix = Bytes.wrap(Base64.getUrlDecoder().decode(policy.path("prefix").asText()));
        rows.add(List.of(policy.path("name").asText(), prefix.isEmpty() ? "(all)" : options.encoding.line(prefix),
            required(policy, "requirePrincipal"), required(policy, "requireReason"),
            policy.path("redactable").asBoolean() ? "yes" : "-", policy.path("inForce").size() + "/" + partitions));
      }
      TextTable.lines(rows).forEach(io::line);
    }
    return reported(body, all);
  }

  private static String required(JsonNode policy, String field) {
    return policy.path(field).asBoolean() ? "required" : "-";
  }

  Map<String, String> timeout() {
    return Map.of("Logfold-Timeout", Long.toString(options.timeout.toMillis()));
  }

  /** The body of an answer that says what became of each partition. */
  static JsonNode answered(AdminClient server, AdminClient.Answer answer) {
    if (!answer.body().has("partitions")) {
      throw new StoreException(ErrorCode.INTERNAL, "the server's answer is none: " + server.checked(answer));
    }
    return answer.body();
  }

  /** Says on standard error which partitions did not answer; the exit code. */
  int reported(JsonNode body, boolean all) {
    if (all) {
      return ExitCodes.OK;
    }
    for (JsonNode partition : body.path("partitions")) {
      if (!partition.path("ok").asBoolean()) {
        io.err().println("logfold: partition " + partition.path("partition").asInt() + ": "
            + partition.path("code").asText() + ": " + partition.path("message").asText());
      }
    }
    io.err().println("logfold: " + body.path("code").asText() + ": " + body.path("message").asText());
    return ErrorCode.UNAVAILABLE.exitCode();
  }

  /** {@code policy list}. */
  @Command(name = "list", description = "List the policies in force.")
  static final class ListAll extends PolicyCommand {
    ListAll(CliIo io) {
      super(io);
    }
  }

  /** One that changes a policy. */
  abstract static class Change extends PolicyCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The policy.")
    String name = "";

    @Option(names = "--principal", paramLabel = "WHO",
        description = "Who does it; kept in the log. Default: $LOGFOLD_PRINCIPAL, or the user's name.")
    @Nullable String principal;

    @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why; kept in the log.")
    String reason = "";

    Change(CliIo io) {
      super(io);
    }

    int change(AdminClient server, String method, String query, String done) {
      Map<String, String> headers = new LinkedHashMap<>(timeout());
      String who = principal != null ? principal
          : io.variable("LOGFOLD_PRINCIPAL").orElse(System.getProperty("user.name", ""));
      headers.put("Logfold-Principal", segment(who));
      headers.put("Logfold-Reason", segment(reason));
      AdminClient.Answer answer = server.request(method, "/v1/policies/" + segment(name) + query, headers);
      JsonNode body = answered(server, answer);
      boolean all = answer.status() == 200;
      if (options.json) {
        io.line(body.toString());
      } else if (all) {
        long changed = 0;
        for (JsonNode partition : body.path("partitions")) {
          changed += partition.path("changed").asBoolean() ? 1 : 0;
        }
        io.line(changed == 0 ? "nothing changed: so it was before" : name + " " + done + ", in " + changed + " of "
            + body.path("partitions").size() + " partitions by this change");
      }
      return reported(body, all);
    }
  }

  /** {@code policy set NAME}. */
  @Command(name = "set", description = "Make a policy, or change the one of this name: it then is exactly as said here.")
  static final class Put extends Change {
    @Option(names = "--prefix", paramLabel = "PREFIX", required = true,
        description = "The partition keys that it is about begin with this; '' means all of them.")
    String prefix = "";

    @Option(names = "--require-principal", description = "Refuse writes that do not say who makes them.")
    boolean requirePrincipal;

    @Option(names = "--require-reason", description = "Refuse writes that do not say why they are made.")
    boolean requireReason;

    @Option(names = "--redactable", description = "Encrypt values from now on, each under a key of its own, so that"
        + " 'logfold redact' can make one unreadable.")
    boolean redactable;

    Put(CliIo io) {
      super(io);
    }

    @Override
    int run(AdminClient server) {
      String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(options.encoding.read(prefix).unsafeArray());
      return change(server, "PUT", "?encoding=base64url&prefix=" + encoded + "&requirePrincipal=" + requirePrincipal
          + "&requireReason=" + requireReason + "&redactable=" + redactable, "is in force from now on");
    }
  }

  /** {@code policy master-key FILE}. */
  @Command(name = "master-key", description = "Make a master key for values that can be redacted: once for all nodes of a"
      + " store, which are then started with it. Keep copies of it where the store's data is not: without it no such value"
      + " is readable.")
  static final class MakeMasterKey implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "The file to make; there must be none.")
    Path file = Path.of("");

    private final CliIo io;

    MakeMasterKey(CliIo io) {
      this.io = io;
    }

    @Override
    public Integer call() {
      try {
        MasterKey.generate(file.toAbsolutePath(), new SecureRandom());
        io.line(file + " holds a new master key, readable by you alone; give it to every node of the store, and to nobody"
            + " else");
        return ExitCodes.OK;
      } catch (RuntimeException e) {
        return Failures.report(io, new CommonOptions(), Optional.empty(), e);
      }
    }
  }

  /** {@code policy remove NAME}. */
  @Command(name = "remove", description = "End a policy. What it made of values that were written meanwhile stays.")
  static final class Remove extends Change {
    Remove(CliIo io) {
      super(io);
    }

    @Override
    int run(AdminClient server) {
      return change(server, "DELETE", "", "is not in force any more");
    }
  }
}
