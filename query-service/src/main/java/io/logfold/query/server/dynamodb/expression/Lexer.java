package io.logfold.query.server.dynamodb.expression;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Takes a text apart into tokens, the last {@link Token.Kind#END}. Never fails: the parser says what is wrong. */
final class Lexer {
  /** Keywords wherever they stand, in any case; unlike reserved words they are wrong already by their place. */
  private static final Map<String, Token.Kind> KEYWORDS = Map.of(
      "AND", Token.Kind.AND, "OR", Token.Kind.OR, "NOT", Token.Kind.NOT, "BETWEEN", Token.Kind.BETWEEN,
      "IN", Token.Kind.IN, "SET", Token.Kind.SET, "REMOVE", Token.Kind.REMOVE, "ADD", Token.Kind.ADD,
      "DELETE", Token.Kind.DELETE);

  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private Lexer(String text) {
    this.text = text;
  }

  static List<Token> tokens(String text) {
    Lexer lexer = new Lexer(text);
    while (lexer.at < text.length()) {
      lexer.next();
    }
    lexer.tokens.add(new Token(Token.Kind.END, "<EOF>", text.length(), text.length()));
    return lexer.tokens;
  }

  private void next() {
    char c = text.charAt(at);
    switch (c) {
      case ' ', '\t', '\n', '\r' -> at++;
      case '(', ')', '[', ']', '.', ',', '+', '-' -> add(Token.Kind.SIGN, at + 1);
      case '=' -> add(Token.Kind.COMPARATOR, at + 1);
      case '<' -> add(Token.Kind.COMPARATOR, peek(1) == '=' || peek(1) == '>' ? at + 2 : at + 1);
      case '>' -> add(Token.Kind.COMPARATOR, peek(1) == '=' ? at + 2 : at + 1);
      case '#' -> placeholder(Token.Kind.NAME);
      case ':' -> placeholder(Token.Kind.VALUE);
      case '0' -> add(Token.Kind.NUMBER, at + 1);
      default -> {
        if (c >= '1' && c <= '9') {
          int end = at + 1;
          while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
          }
          add(Token.Kind.NUMBER, end);
        } else if (letter(c)) {
          int end = wordEnd(at + 1);
          String word = text.substring(at, end).toUpperCase(Locale.ROOT);
          add(KEYWORDS.getOrDefault(word, Token.Kind.WORD), end);
        } else {
          add(Token.Kind.UNKNOWN, text.offsetByCodePoints(at, 1));
        }
      }
    }
  }

  private void placeholder(Token.Kind kind) {
    int end = wordEnd(at + 1);
    add(end == at + 1 ? Token.Kind.UNKNOWN : kind, end);
  }

  private void add(Token.Kind kind, int end) {
    tokens.add(new Token(kind, text.substring(at, end), at, end));
    at = end;
  }

  private int wordEnd(int from) {
    int end = from;
    while (end < text.length() && wordPart(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : ' ';
  }

  /** Whether a whole key of a names or values map is one sign and at least one character of words. */
  static boolean placeholder(String key, char sign) {
    return key.length() > 1 && key.charAt(0) == sign && key.chars().skip(1).allMatch(c -> wordPart((char) c));
  }

  private static boolean letter(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private static boolean wordPart(char c) {
    return letter(c) || c >= '0' && c <= '9' || c == '_';
  }
}
