package io.logfold.projector.table.postgres;

import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** The same against the image that people run, where there is Docker. */
@Testcontainers(disabledWithoutDocker = true)
class PostgresContainerTest extends PostgresTableTest {
  @Container private static final PostgreSQLContainer POSTGRES =
      new PostgreSQLContainer("postgres:18").withPassword("p@ss:w/rd");

  @Override
  protected String url(String prefix) {
    return "postgres://" + POSTGRES.getUsername() + ":p%40ss%3Aw%2Frd@" + POSTGRES.getHost() + ":"
        + POSTGRES.getMappedPort(5432) + "/" + POSTGRES.getDatabaseName() + "?prefix=" + prefix;
  }
}
