package io.logfold.query.server.dynamodb.expression;

import java.util.List;

/** The tokens of one text, gone through once from front to end; says syntax errors as DynamoDB does. */
final class Tokens {
  /** Parentheses and functions in one another that deep are too many operators, or redundant. */
  private static final int MAX_DEPTH = 400;

  private static final String REDUNDANT = "The expression has redundant parentheses;";

  private final Kind kind;
  private final String text;
  private final List<Token> tokens;
  private int at;
  private int depth;
  private int calls;
  /** The indexes of the parentheses of the group that was closed last. */
  private int lastOpened = -1;

  private int lastClosed = -1;
  private boolean redundantParentheses;

  Tokens(Kind kind, String text) {
    this.kind = kind;
    this.text = text;
    this.tokens = Lexer.tokens(text);
  }

  Token peek() {
    return tokens.get(at);
  }

  /** The token behind the next; at the end the end. */
  Token peekSecond() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token take() {
    Token token = tokens.get(at);
    if (token.kind() != Token.Kind.END) {
      at++;
    }
    return token;
  }

  boolean takeIf(String sign) {
    if (peek().is(sign)) {
      at++;
      return true;
    }
    return false;
  }

  boolean takeIf(Token.Kind expected) {
    if (peek().kind() == expected) {
      at++;
      return true;
    }
    return false;
  }

  void expect(String sign) {
    if (!takeIf(sign)) {
      throw syntaxError();
    }
  }

  Token expect(Token.Kind expected) {
    if (peek().kind() != expected) {
      throw syntaxError();
    }
    return take();
  }

  void expectEnd() {
    if (peek().kind() != Token.Kind.END) {
      throw syntaxError();
    }
    refuseRedundant();
  }

  /**
   * Refuses redundant parentheses met so far. Asked where it is certain what the parentheses are around: errors of
   * syntax before that are told first, those behind it not at all.
   */
  void refuseRedundant() {
    if (redundantParentheses && calls == 0) {
      throw kind.invalid(REDUNDANT);
    }
  }

  void openCall() {
    expect("(");
    calls++;
    down();
  }

  void closeCall() {
    up();
    expect(")");
    calls--;
    refuseRedundant();
  }

  /** Takes the parenthesis that opens a group, and says where it was for {@link #closeGroup}. */
  int openGroup() {
    int opened = at;
    expect("(");
    down();
    return opened;
  }

  /** Takes the parenthesis that closes a group; one around nothing but another group is redundant. */
  void closeGroup(int opened) {
    up();
    int closed = at;
    expect(")");
    redundantParentheses |= lastOpened == opened + 1 && lastClosed == closed - 1;
    lastOpened = opened;
    lastClosed = closed;
  }

  /** Something in parentheses begins. What is deeper than this allows has redundant ones, or too many operators. */
  void down() {
    depth++;
    if (depth > MAX_DEPTH) {
      throw at > 1 && tokens.get(at - 2).is("(")
          ? kind.invalid(REDUNDANT)
          : kind.invalid("The expression contains too many operators; operator count: " + (Kind.MAX_OPERATORS + 1));
    }
  }

  void up() {
    depth--;
  }

  /** The next token is wrong; near it means from the token before it to the one behind. */
  RuntimeException syntaxError() {
    Token wrong = peek();
    int from = at == 0 ? 0 : tokens.get(at - 1).start();
    int to = peekSecond().end();
    return kind.invalid("Syntax error; token: \"" + wrong.text() + "\", near: \"" + text.substring(from, to) + "\"");
  }
}
