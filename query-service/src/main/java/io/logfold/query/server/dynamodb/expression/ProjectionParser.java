package io.logfold.query.server.dynamodb.expression;

import java.util.ArrayList;
import java.util.List;

/** Projections: paths with commas between. */
final class ProjectionParser {
  private ProjectionParser() {}

  static List<Syntax.Path> parse(String text) {
    Tokens tokens = new Tokens(Kind.PROJECTION, text);
    List<Syntax.Path> paths = new ArrayList<>();
    do {
      paths.add(OperandParser.path(tokens));
    } while (tokens.takeIf(","));
    tokens.expectEnd();
    return paths;
  }
}
