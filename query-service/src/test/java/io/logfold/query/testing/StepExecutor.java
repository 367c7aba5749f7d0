package io.logfold.query.testing;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps tasks until the test runs them, one after the other in their order. Once stopped it drops them, as a dead process does. */
public final class StepExecutor implements Executor {
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private @Nullable Consumer<Runnable> diversion;
  private boolean held;
  private boolean stopped;

  @Override
  public void execute(Runnable task) {
    Consumer<Runnable> elsewhere = diversion;
    if (stopped) {
      return;
    }
    if (elsewhere != null) {
      elsewhere.accept(task);
    } else {
      tasks.add(task);
    }
  }

  /** What is handed over from now on goes there; null: it is kept here again. */
  void divert(@Nullable Consumer<Runnable> target) {
    diversion = target;
  }

  /** Runs the next task; false where there is none, or it is held. */
  public boolean runOne() {
    if (held || tasks.isEmpty()) {
      return false;
    }
    tasks.remove().run();
    return true;
  }

  /** Tasks pile up until {@link #release}. */
  public void hold() {
    held = true;
  }

  public void release() {
    held = false;
  }

  public boolean held() {
    return held;
  }

  public int size() {
    return tasks.size();
  }

  void stop() {
    stopped = true;
    tasks.clear();
  }
}
