package io.logfold.log.testing;

import java.io.IOException;

/** Signals to processes that tests have started, as a terminal or a service manager would send them. */
public final class Signals {
  private Signals() {}

  /** @param name as {@code kill} takes it: TERM, STOP, CONT ... */
  public static void send(String name, Process process) throws IOException, InterruptedException {
    int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException("kill -" + name + " " + process.pid() + " failed with " + code);
    }
  }
}
