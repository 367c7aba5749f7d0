package io.logfold.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.ErrorCode;
import io.logfold.api.StoreException;
import io.logfold.log.Checkpoint;
import io.logfold.projector.ForwardingTable;
import io.logfold.projector.table.Table;
import io.logfold.projector.table.Table.Get;
import io.logfold.projector.table.Table.TableRead;
import io.logfold.projector.table.Tables;
import io.logfold.query.testing.StepExecutor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Which gets go to the table together, and that each gets its own answer. */
class TableThreadsTest {
  private static final int TOGETHER = 4;

  private final StepExecutor pool = new StepExecutor();
  private final Questioned table = new Questioned(TOGETHER);
  private final List<String> answers = new ArrayList<>();

  @Test
  void aGetAloneGoesAtOnce() {
    TableThreads threads = new TableThreads(pool, 2);
    get(threads, table, 1);
    assertThat(pool.size()).isEqualTo(1);
    run();
    assertThat(table.questions).containsExactly("1");
    assertThat(answers).containsExactly("1 from 1");
  }

  @Test
  void getsThatWaitGoTogetherAndEachGetsItsOwnAnswer() {
    TableThreads threads = new TableThreads(pool, 2);
    get(threads, table, 1, 2, 3);
    assertThat(pool.size()).as("one thread is called for all").isEqualTo(1);
    run();
    assertThat(table.questions).containsExactly("1 2 3");
    assertThat(answers).containsExactly("1 from 1", "2 from 2", "3 from 3");
  }

  @Test
  void noQuestionIsLongerThanTheTableLikes() {
    TableThreads threads = new TableThreads(pool, 2);
    get(threads, table, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    run();
    assertThat(table.questions).containsExactly("1 2 3 4", "5 6 7 8", "9");
    assertThat(answers).hasSize(9);
  }

  @Test
  void aGetOfManyKeysGoesByItself() {
    TableThreads threads = new TableThreads(pool, 2);
    Get large = new Get(7, Bytes.utf8("pk"), Collections.nCopies(1_000, Bytes.utf8("k")));
    get(threads, table, 1, 2);
    threads.get(table, large, (read, failure) -> {});
    get(threads, table, 3);
    run();
    assertThat(table.questions).containsExactly("1 2", "7", "3");
  }

  @Test
  void whatComesWhileTheTableIsAskedFindsAnotherThreadOrWaitsForTheNextQuestion() {
    TableThreads threads = new TableThreads(pool, 2);
    table.meanwhile = () -> {
      get(threads, table, 2);
      assertThat(pool.size()).as("the other thread is called").isEqualTo(1);
      table.meanwhile = () -> {
        table.meanwhile = () -> {};
        get(threads, table, 3, 4);
        assertThat(pool.size()).as("none is left").isZero();
      };
      pool.runOne();
    };
    get(threads, table, 1);
    run();
    assertThat(table.questions).containsExactly("1", "2", "3 4");
    assertThat(answers).containsExactlyInAnyOrder("1 from 1", "2 from 2", "3 from 3", "4 from 4");
    get(threads, table, 5);
    run();
    assertThat(answers).contains("5 from 5");
  }

  @Test
  void betweenTwoQuestionsWhoeverWaitsForAThreadHasItsTurn() {
    TableThreads threads = new TableThreads(pool, 1);
    get(threads, table, 1, 2, 3, 4, 5);
    threads.execute(() -> table.questions.add("another"));
    run();
    assertThat(table.questions).containsExactly("1 2 3 4", "another", "5");
  }

  @Test
  void getsOfAnotherTableAreAskedOfThatOne() {
    TableThreads threads = new TableThreads(pool, 2);
    Questioned other = new Questioned(TOGETHER);
    get(threads, table, 1, 2);
    get(threads, other, 3);
    get(threads, table, 4);
    run();
    assertThat(table.questions).containsExactly("1 2 4");
    assertThat(other.questions).containsExactly("3");
    assertThat(answers).containsExactlyInAnyOrder("1 from 1", "2 from 2", "3 from 3", "4 from 4");
  }

  @Test
  void aTableThatGainsNothingIsAskedForEachBesideTheOthers() {
    TableThreads threads = new TableThreads(pool, 1);
    Questioned single = new Questioned(1);
    get(threads, single, 1, 2, 3);
    assertThat(pool.size()).isEqualTo(3);
    run();
    assertThat(single.questions).containsExactly("1", "2", "3");
    assertThat(answers).containsExactly("1 from 1", "2 from 2", "3 from 3");
  }

  @Test
  void aFailureIsToldToAllWhoWereAskedForTogetherAndTheNextAreAskedFor() {
    TableThreads threads = new TableThreads(pool, 2);
    table.meanwhile = () -> {
      throw new IllegalStateException("no disk");
    };
    get(threads, table, 1, 2);
    run();
    assertThat(answers).containsExactly("1 failed: no disk", "2 failed: no disk");
    table.meanwhile = () -> {};
    get(threads, table, 3);
    run();
    assertThat(answers).contains("3 from 3");
  }

  @Test
  void anErrorIsToldToAllAndLeavesTheThreadsAsTheyWere() {
    TableThreads threads = new TableThreads(pool, 1);
    table.meanwhile = () -> {
      throw new StackOverflowError("deep");
    };
    get(threads, table, 1, 2);
    assertThatThrownBy(this::run).isInstanceOf(StackOverflowError.class);
    assertThat(answers).hasSize(2).allMatch(answer -> answer.contains("failed"));
    table.meanwhile = () -> {};
    get(threads, table, 3);
    run();
    assertThat(answers).contains("3 from 3");
  }

  @Test
  void whoeverComesOrWaitsWhenTheThreadsAreGoneIsToldThatTheNodeIsClosing() {
    boolean[] gone = {false};
    TableThreads threads = new TableThreads(task -> {
      if (gone[0]) {
        throw new RejectedExecutionException("gone");
      }
      pool.execute(task);
    }, 1);
    get(threads, table, 1, 2, 3, 4, 5, 6);
    gone[0] = true;
    run();
    get(threads, table, 7);
    get(threads, new Questioned(1), 8);
    assertThat(answers).containsExactly("1 from 1", "2 from 2", "3 from 3", "4 from 4", "5 CLOSED", "6 CLOSED", "7 CLOSED",
        "8 CLOSED");
  }

  @Test
  void aThreadThatCannotBeMadeFailsWhoWaitsAndNobodyBehindIt() {
    boolean[] full = {true};
    TableThreads threads = new TableThreads(task -> {
      if (full[0]) {
        throw new OutOfMemoryError("unable to create native thread");
      }
      pool.execute(task);
    }, 1);
    get(threads, table, 1);
    assertThat(answers).hasSize(1).allMatch(answer -> answer.startsWith("1 failed: "));
    full[0] = false;
    get(threads, table, 2);
    run();
    assertThat(answers).contains("2 from 2");
  }

  @Test
  void whatATurnHasTakenIsAskedForAlsoWhereNoOtherThreadCanBeMade() {
    boolean[] full = {false};
    TableThreads threads = new TableThreads(task -> {
      if (full[0]) {
        throw new OutOfMemoryError("unable to create native thread");
      }
      pool.execute(task);
    }, 2);
    get(threads, table, 1, 2, 3, 4, 5);
    full[0] = true;
    table.meanwhile = () -> full[0] = false;
    run();
    assertThat(answers).containsExactly("1 from 1", "2 from 2", "3 from 3", "4 from 4", "5 from 5");
  }

  @Test
  void aTableThatAnswersTooFewIsAFailureOfAll() {
    TableThreads threads = new TableThreads(pool, 1);
    Questioned forgetful = new Questioned(TOGETHER) {
      @Override
      public List<TableRead> getAll(List<Get> gets) {
        return super.getAll(gets.subList(1, gets.size()));
      }
    };
    get(threads, forgetful, 1, 2);
    run();
    assertThat(answers).hasSize(2).allMatch(answer -> answer.contains("1 answers to 2 gets"));
  }

  private void run() {
    while (pool.runOne()) {
      // each once
    }
  }

  /** A get for each number, which is the partition asked for. */
  private void get(TableThreads threads, Table of, int... numbers) {
    for (int number : numbers) {
      threads.get(of, new Get(number, Bytes.utf8("pk"), List.of(Bytes.utf8("k"))), (read, failure) -> {
        if (read != null) {
          answers.add(number + " from " + read.checkpoint().at().partition());
        } else if (failure instanceof StoreException known && known.code() == ErrorCode.CLOSED) {
          answers.add(number + " CLOSED");
        } else {
          answers.add(number + " failed: " + (failure == null ? "without a reason" : failure.getMessage()));
        }
      });
    }
  }

  /** Writes down which partitions it was asked for at once; what happens meanwhile a test may say. */
  private static class Questioned extends ForwardingTable {
    final List<String> questions = new ArrayList<>();
    private final int together;
    Runnable meanwhile = () -> {};

    Questioned(int together) {
      super(Tables.open("memory:", "test", 1));
      this.together = together;
    }

    @Override
    public int getsTogether() {
      return together;
    }

    @Override
    public List<TableRead> getAll(List<Get> gets) {
      questions.add(String.join(" ", gets.stream().map(get -> Integer.toString(get.partition())).toList()));
      meanwhile.run();
      return gets.stream().map(get -> new TableRead(List.of(), Checkpoint.empty("test", get.partition()))).toList();
    }
  }
}
