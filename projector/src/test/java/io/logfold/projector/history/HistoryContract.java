package io.logfold.projector.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logfold.api.Bytes;
import io.logfold.api.Change;
import io.logfold.api.DiffPage;
import io.logfold.api.DiffPage.Difference;
import io.logfold.api.DiffRequest;
import io.logfold.api.Entry;
import io.logfold.api.ErrorCode;
import io.logfold.api.HistoryPage;
import io.logfold.api.HistoryRequest;
import io.logfold.api.HistoryScope;
import io.logfold.api.KeyRange;
import io.logfold.api.Moment;
import io.logfold.api.Mutation;
import io.logfold.api.PartitionKeysPage;
import io.logfold.api.ScanPage;
import io.logfold.api.StoreException;
import io.logfold.api.Versioned;
import io.logfold.log.PartitionHash;
import io.logfold.projector.table.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A history in any backend answers as the model does, whatever keys, events and pages there are. */
abstract class HistoryContract {
  private final List<Table> tables = new ArrayList<>();
  private final LongAdder rowsRead = new LongAdder();

  /** A new and empty table of {@link HistoryModel#STORE}. */
  abstract Table open();

  int rounds() {
    return 6;
  }

  @AfterEach
  void close() {
    tables.forEach(Table::close);
  }

  private HistoryReader reader(HistoryModel model, int eventsABatch) {
    return reader(table(model, eventsABatch), HistoryReader.BUDGET_A_PAGE);
  }

  private Table table(HistoryModel model, int eventsABatch) {
    Table table = open();
    tables.add(table);
    model.applyTo(table, eventsABatch);
    return table;
  }

  private HistoryReader reader(Table table, long budget) {
    return new HistoryReader(table, HistoryModel.PARTITIONS, rowsRead, () -> {}, budget);
  }

  private static List<Change> all(HistoryReader reader, HistoryRequest request) {
    List<Change> all = new ArrayList<>();
    HistoryPage page = reader.history(request);
    for (int pages = 0; ; pages++) {
      assertThat(page.changes()).hasSizeLessThanOrEqualTo(request.pageSize());
      assertThat(pages).as("pages").isLessThan(5_000);
      all.addAll(page.changes());
      if (page.next().isEmpty()) {
        return all;
      }
      page = reader.history(request.next(page.next().get()));
    }
  }

  @Test
  void historiesByKeyPrefixAndPrincipalAreTheModels() {
    for (int seed = 0; seed < rounds(); seed++) {
      Random random = new Random(seed);
      HistoryModel model = HistoryModel.random(random, 400);
      HistoryReader reader = reader(model, 1 + random.nextInt(40));
      List<Change> changes = model.changes();
      for (int i = 0; i < 40; i++) {
        Bytes partitionKey = model.partitionKeys.get(random.nextInt(model.partitionKeys.size()));
        Bytes key = model.keys.get(random.nextInt(model.keys.size()));
        Bytes prefix = Bytes.wrap(java.util.Arrays.copyOf(key.unsafeArray(), random.nextInt(key.size() + 1)));
        String principal = HistoryModel.PRINCIPALS.get(1 + random.nextInt(HistoryModel.PRINCIPALS.size() - 1));
        Optional<Long> from = random.nextBoolean() ? Optional.empty() : Optional.of(900L + random.nextInt(2_500));
        Optional<Long> to = random.nextBoolean() ? Optional.empty() : Optional.of(900L + random.nextInt(4_000));
        boolean oldestFirst = random.nextBoolean();
        int pageSize = 1 + random.nextInt(random.nextBoolean() ? 5 : 100);
        for (HistoryScope scope : List.of(new HistoryScope.OfKey(partitionKey, key),
            new HistoryScope.OfPrefix(partitionKey, prefix), new HistoryScope.OfPrincipal(principal))) {
          HistoryRequest request = new HistoryRequest(scope, from, to, oldestFirst, pageSize, Optional.empty());
          List<Change> expected = changes.stream().filter(each -> switch (scope) {
            case HistoryScope.OfKey of -> each.partitionKey().equals(partitionKey) && each.key().equals(key);
            case HistoryScope.OfPrefix of -> each.partitionKey().equals(partitionKey) && each.key().startsWith(prefix);
            case HistoryScope.OfPrincipal of -> each.provenance().principal().equals(principal);
          }).filter(each -> each.timeMs() >= from.orElse(0L) && each.timeMs() < to.orElse(Long.MAX_VALUE)).toList();
          assertThat(all(reader, request)).as("seed %s, %s", seed, request)
              .isEqualTo(HistoryModel.ordered(expected, oldestFirst));
        }
      }
    }
  }

  @Test
  void everyReadAsOfAnyRevisionIsTheModels() {
    for (int seed = 0; seed < rounds(); seed++) {
      Random random = new Random(100 + seed);
      HistoryModel model = HistoryModel.random(random, 400);
      Table table = table(model, 25);
      for (int i = 0; i < 60; i++) {
        HistoryReader reader = reader(table, i % 2 == 0 ? HistoryReader.BUDGET_A_PAGE : random.nextInt(60));
        Bytes partitionKey = model.partitionKeys.get(random.nextInt(model.partitionKeys.size()));
        int partition = PartitionHash.partition(partitionKey, HistoryModel.PARTITIONS);
        long revision = random.nextInt((int) model.last[partition] + 1);
        List<Optional<Versioned>> expected = model.keys.stream()
            .map(key -> Optional.ofNullable(model.state(partitionKey, revision).get(key))).toList();
        assertThat(reader.get(partitionKey, model.keys, revision).entries()).isEqualTo(expected);
        assertThat(reader.get(partitionKey, model.keys, revision).position().revision()).isEqualTo(revision);
        KeyRange range = range(model, random);
        boolean reverse = random.nextBoolean();
        assertThat(scanAll(reader, partitionKey, range, revision, 1 + random.nextInt(8), reverse))
            .as("seed %s, %s as of %s, reverse %s", seed, range, revision, reverse)
            .isEqualTo(model.scan(partitionKey, range, revision, reverse));
        assertThat(partitionKeysAll(reader, partition, 1 + random.nextInt(3), revision))
            .containsExactlyElementsOf(model.partitionKeys(partition, revision));
        long timeMs = 990 + random.nextInt(3_000);
        assertThat(reader.revisionAt(partition, timeMs)).isEqualTo(model.revisionAt(partition, timeMs));
      }
    }
  }

  @Test
  void differencesOfAnyTwoRevisionsAreTheModels() {
    for (int seed = 0; seed < rounds(); seed++) {
      Random random = new Random(200 + seed);
      HistoryModel model = HistoryModel.random(random, 400);
      Table table = table(model, 25);
      for (int i = 0; i < 40; i++) {
        HistoryReader reader = reader(table, i % 2 == 0 ? HistoryReader.BUDGET_A_PAGE : random.nextInt(60));
        Bytes partitionKey = model.partitionKeys.get(random.nextInt(model.partitionKeys.size()));
        int partition = PartitionHash.partition(partitionKey, HistoryModel.PARTITIONS);
        long from = random.nextInt((int) model.last[partition] + 1);
        long to = random.nextInt((int) model.last[partition] + 1);
        DiffRequest request = new DiffRequest(partitionKey, range(model, random), new Moment.Revision(from),
            new Moment.Revision(to), 1 + random.nextInt(6), Optional.empty());
        List<Difference> told = new ArrayList<>();
        DiffPage page = reader.diff(request, from, to);
        told.addAll(page.differences());
        while (page.next().isPresent()) {
          DiffRequest next = request.next(page.next().get());
          assertThat(HistoryReader.momentsOf(next).orElseThrow()).containsExactly(from, to);
          page = reader.diff(next, from, to);
          told.addAll(page.differences());
        }
        assertThat(told).as("seed %s, %s", seed, request).isEqualTo(model.diff(partitionKey, request.range(), from, to));
      }
    }
  }

  @Test
  void aCommitOfTheMostMutationsIsToldWholeAlsoInSmallPages() {
    HistoryModel model = new HistoryModel();
    Bytes partitionKey = Bytes.utf8("p");
    List<Mutation> mutations = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      mutations.add(new Mutation.Put(Bytes.utf8("k" + i), Bytes.utf8("v" + i)));
    }
    model.add(partitionKey, mutations, 1, "ann");
    model.add(partitionKey, mutations.subList(0, 45), 1, "ann");
    HistoryReader reader = reader(model, 1);
    for (boolean oldestFirst : List.of(true, false)) {
      HistoryRequest request = new HistoryRequest(new HistoryScope.OfPrincipal("ann"), Optional.empty(), Optional.empty(),
          oldestFirst, 7, Optional.empty());
      assertThat(all(reader, request)).hasSize(135).isEqualTo(HistoryModel.ordered(model.changes(), oldestFirst));
    }
  }

  @Test
  void theLargestEventFits() {
    HistoryModel model = HistoryModel.largest();
    HistoryReader reader = reader(model, 1);
    Bytes partitionKey = model.partitionKeys.get(0);
    assertThat(reader.scan(partitionKey, KeyRange.ALL, model.events.get(0).lsn(), 100, false, false).entries())
        .isEqualTo(model.scan(partitionKey, KeyRange.ALL, model.events.get(0).lsn(), false)).hasSize(90);
  }

  @Test
  void aCursorOfAnotherQuestionIsRefused() {
    HistoryModel model = HistoryModel.random(new Random(7), 400);
    HistoryReader reader = reader(model, 50);
    HistoryRequest request = new HistoryRequest(new HistoryScope.OfPrefix(model.partitionKeys.get(0), Bytes.EMPTY),
        Optional.empty(), Optional.empty(), false, 2, Optional.empty());
    String cursor = reader.history(request).next().orElseThrow();
    for (HistoryRequest other : List.of(
        new HistoryRequest(request.scope(), Optional.of(1L), Optional.empty(), false, 2, Optional.of(cursor)),
        new HistoryRequest(request.scope(), Optional.empty(), Optional.empty(), true, 2, Optional.of(cursor)),
        HistoryRequest.of(new HistoryScope.OfPrefix(model.partitionKeys.get(1), Bytes.EMPTY)).next(cursor),
        HistoryRequest.of(new HistoryScope.OfPrincipal("ann")).next(cursor),
        request.next("no cursor at all"), request.next(""), request.next(cursor.substring(2)))) {
      assertThatThrownBy(() -> reader.history(other)).isInstanceOfSatisfying(StoreException.class,
          e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }
  }

  @Test
  void whoRemembersTheLastRevisionGoesOnBehindIt() {
    HistoryModel model = HistoryModel.random(new Random(8), 400);
    HistoryReader reader = reader(model, 50);
    HistoryRequest request = new HistoryRequest(new HistoryScope.OfPrefix(model.partitionKeys.get(0), Bytes.EMPTY),
        Optional.empty(), Optional.empty(), true, 100, Optional.empty());
    List<Change> whole = all(reader, request);
    long seen = whole.get(whole.size() / 2).revision();
    HistoryRequest onward = new HistoryRequest(request.scope(), Optional.empty(), Optional.empty(), true, 7, Optional.empty(),
        Optional.of(seen));
    assertThat(all(reader, onward))
        .isEqualTo(whole.stream().filter(each -> each.revision() > seen).toList()).isNotEmpty();
  }

  @Test
  void aPageOfAKeyWithManyChangesReadsHardlyMoreRowsThanItShowsAtAnyDepth() {
    HistoryModel model = new HistoryModel();
    int count = changesOfABusyKey();
    Bytes partitionKey = Bytes.utf8("p");
    Bytes key = Bytes.utf8("busy");
    for (int i = 0; i < count; i++) {
      model.add(partitionKey, List.of(i % 10 == 3 ? new Mutation.Delete(key) : new Mutation.Put(key, Bytes.utf8("" + i))), 1, "");
    }
    HistoryReader reader = reader(model, 1_000);
    int partition = PartitionHash.partition(partitionKey, HistoryModel.PARTITIONS);
    for (boolean oldestFirst : List.of(true, false)) {
      HistoryRequest request = new HistoryRequest(new HistoryScope.OfKey(partitionKey, key), Optional.empty(),
          Optional.empty(), oldestFirst, 1_000, Optional.empty());
      int told = 0;
      Optional<String> next = Optional.empty();
      do {
        rowsRead.reset();
        HistoryPage page = reader.history(next.map(request::next).orElse(request));
        assertThat(rowsRead.sum()).isLessThanOrEqualTo(2L * page.changes().size());
        told += page.changes().size();
        next = page.next();
      } while (next.isPresent());
      assertThat(told).isEqualTo(count);
      for (int depth = 1; depth < count; depth += count / 10) { // and pages of one
        HistoryRequest one = new HistoryRequest(request.scope(), Optional.of(1_000L + depth), Optional.of(1_001L + depth),
            oldestFirst, 1, Optional.empty());
        rowsRead.reset();
        assertThat(reader.history(one).changes()).hasSize(1);
        assertThat(rowsRead.sum()).as("with the two bounds of the time").isLessThanOrEqualTo(2 + 2L);
      }
    }
    for (boolean reverse : List.of(true, false)) {
      rowsRead.reset();
      long revision = model.last[partition] / 2;
      assertThat(reader.scan(partitionKey, KeyRange.ALL, revision, 10, reverse, false).entries())
          .isEqualTo(model.scan(partitionKey, KeyRange.ALL, revision, reverse));
      assertThat(rowsRead.sum()).isLessThan(200);
    }
  }

  int changesOfABusyKey() {
    return 2_000;
  }

  /** Keys that were made after the moment, or not touched since, are looked through; not all of them in one call. */
  @Test
  void aPageThatFindsLittleEndsEarlyAndSaysWhereToGoOn() {
    HistoryModel model = new HistoryModel();
    Bytes partitionKey = Bytes.utf8("p");
    Bytes last = Bytes.utf8("k999999");
    List<Bytes> keys = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      keys.add(Bytes.utf8("k" + (100_000 + i)));
    }
    byte[] head = new byte[990];
    java.util.Arrays.fill(head, (byte) 'l');
    for (int i = 0; i < 40; i++) { // a group
      head[980] = (byte) i;
      keys.add(Bytes.wrap(head.clone()));
    }
    model.add(partitionKey, List.of(new Mutation.Put(last, Bytes.utf8("old")), new Mutation.Put(Bytes.utf8("a"), Bytes.EMPTY)), 1, "");
    int partition = PartitionHash.partition(partitionKey, HistoryModel.PARTITIONS);
    long early = model.last[partition];
    for (int i = 0; i < keys.size(); i += 80) {
      model.add(partitionKey, keys.subList(i, Math.min(i + 80, keys.size())).stream()
          .<Mutation>map(key -> new Mutation.Put(key, Bytes.EMPTY)).toList(), 1, "");
    }
    long middle = model.last[partition];
    model.add(partitionKey, List.of(new Mutation.Put(last, Bytes.utf8("new"))), 1, "");
    HistoryReader reader = reader(table(model, 10), 100);
    for (boolean reverse : List.of(false, true)) {
      List<Entry> told = new ArrayList<>();
      KeyRange rest = KeyRange.ALL;
      int pages = 0;
      for (boolean more = true; more; pages++) {
        rowsRead.reset();
        ScanPage page = reader.scan(partitionKey, rest, early, 10, reverse, false);
        assertThat(rowsRead.sum()).as("rows of page %s", pages).isLessThan(100 + 256);
        told.addAll(page.entries());
        more = page.more();
        rest = more ? rest.beyond(page.last(), reverse) : rest;
      }
      assertThat(told).isEqualTo(model.scan(partitionKey, KeyRange.ALL, early, reverse)).hasSize(2);
      assertThat(pages).as("pages").isBetween(3, 20);
    }
    DiffRequest request = DiffRequest.of(partitionKey, new Moment.Revision(middle), new Moment.Revision(middle + 1));
    List<Difference> told = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      rowsRead.reset();
      DiffPage page = reader.diff(next.map(request::next).orElse(request), middle, model.last[partition]);
      assertThat(rowsRead.sum()).isLessThan(100 + 256);
      told.addAll(page.differences());
      next = page.next();
    } while (next.isPresent());
    assertThat(told).isEqualTo(model.diff(partitionKey, KeyRange.ALL, middle, model.last[partition])).hasSize(1);
  }

  @Test
  void aListingOfPartitionKeysThatFindsLittleEndsEarly() {
    HistoryModel model = new HistoryModel();
    List<Mutation> put = List.of(new Mutation.Put(Bytes.utf8("k"), Bytes.EMPTY));
    model.add(Bytes.utf8("a"), put, 1, "");
    int partition = PartitionHash.partition(Bytes.utf8("a"), HistoryModel.PARTITIONS);
    long early = model.last[partition];
    for (int i = 0; i < 200; i++) {
      model.add(Bytes.utf8("b" + i), put, 1, "");
    }
    HistoryReader reader = reader(table(model, 10), 30);
    rowsRead.reset();
    PartitionKeysPage page = reader.partitionKeys(partition, Optional.of(Bytes.utf8("a")), 10, early);
    assertThat(page.partitionKeys()).isEmpty();
    assertThat(page.more()).isTrue();
    assertThat(rowsRead.sum()).isLessThan(60);
    assertThat(partitionKeysAll(reader, partition, 10, early)).containsExactly(Bytes.utf8("a"));
  }

  private static KeyRange range(HistoryModel model, Random random) {
    if (random.nextInt(3) == 0) {
      return KeyRange.ALL;
    }
    Bytes a = model.keys.get(random.nextInt(model.keys.size()));
    Bytes b = model.keys.get(random.nextInt(model.keys.size()));
    return switch (random.nextInt(3)) {
      case 0 -> KeyRange.prefix(a);
      case 1 -> new KeyRange(a, Optional.of(b));
      default -> new KeyRange(a.successor(), Optional.empty());
    };
  }

  private static List<Entry> scanAll(HistoryReader reader, Bytes partitionKey, KeyRange range, long revision, int limit,
      boolean reverse) {
    List<Entry> all = new ArrayList<>();
    KeyRange rest = range;
    while (true) {
      ScanPage page = reader.scan(partitionKey, rest, revision, limit, reverse, false);
      all.addAll(page.entries());
      if (!page.more()) {
        return all;
      }
      KeyRange before = rest;
      rest = range.beyond(page.last(), reverse);
      assertThat(rest).as("gets on").isNotEqualTo(before);
    }
  }

  private static List<Bytes> partitionKeysAll(HistoryReader reader, int partition, int limit, long revision) {
    List<Bytes> all = new ArrayList<>();
    Optional<Bytes> behind = Optional.empty();
    while (true) {
      PartitionKeysPage page = reader.partitionKeys(partition, behind, limit, revision);
      all.addAll(page.partitionKeys());
      if (!page.more()) {
        return all;
      }
      behind = page.last();
    }
  }
}
