package io.logfold.query.server.dynamodb.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.logfold.api.Bytes;
import io.logfold.api.Provenance;
import io.logfold.projector.table.Tables;
import io.logfold.query.server.dynamodb.failure.DynamoFailure;
import io.logfold.query.server.dynamodb.item.AttributeType;
import io.logfold.query.server.dynamodb.item.AttributeValue;
import io.logfold.query.server.dynamodb.item.Item;
import io.logfold.query.server.dynamodb.item.KeyAttribute;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Target;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Write;
import io.logfold.query.server.dynamodb.operation.ItemWriter.Written;
import io.logfold.query.server.dynamodb.table.ItemLayout;
import io.logfold.query.server.dynamodb.table.TableDefinition;
import io.logfold.query.testing.LocalNode;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TokenWriterTest {
  private final LocalNode node = LocalNode.start(Tables.open("memory:", LocalNode.STORE, 2), 2, leader -> leader);
  private final TokenWriter writer = new TokenWriter(node.store(), new ItemWriter(node.store(), new SecureRandom()));

  @AfterEach
  void close() {
    node.close();
  }

  private CompletableFuture<Written> write(long leftNanos, String asked) {
    Item item = Item.of(Map.of("h", AttributeValue.string("x")));
    ItemLayout layout = new ItemLayout(new TableDefinition("table", "id", new KeyAttribute("h", AttributeType.S),
        Optional.empty(), 1, Optional.empty(), false, Optional.empty()));
    Caller caller = new Caller(Provenance.NONE, Optional.empty(), 1, System.currentTimeMillis(), System.nanoTime() + leftNanos,
        Runnable::run);
    return writer.write(new Write(caller, 0, Optional.empty(), Target.of(layout, layout.place(item)), Optional.empty(), false,
        current -> List.of(Optional.of(item))), "token", Bytes.utf8(asked).toArray());
  }

  @Test
  void aTokenIsFreeAgainWhereItsTransactionFailedAtOnce() {
    CompletableFuture<Written> late = write(-1, "one");
    assertThat(late).isCompletedExceptionally();
    assertThat(DynamoFailure.of(late.exceptionNow())).hasMessageContaining("within the time of the call");
    assertThat(write(10_000_000_000L, "another").join().revision()).isPositive();
  }
}
