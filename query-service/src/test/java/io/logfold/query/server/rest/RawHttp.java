package io.logfold.query.server.rest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * HTTP/1.1 by hand, for request lines that a client library would not send: one connection a request, read to its end.
 */
public final class RawHttp {

  /** An answer; header names in small letters. */
  public record Answer(int status, Map<String, String> headers, byte[] body) {
    public Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  private final int port;

  public RawHttp(int port) {
    this.port = port;
  }

  public Answer get(String target, String... fields) {
    return send("GET", target, new byte[0], fields);
  }

  public Answer put(String target, String body, String... fields) {
    return send("PUT", target, body.getBytes(StandardCharsets.UTF_8), fields);
  }

  public Answer post(String target, String json, String... fields) {
    String[] all = java.util.Arrays.copyOf(fields, fields.length + 1);
    all[fields.length] = "Content-Type: application/json";
    return send("POST", target, json.getBytes(StandardCharsets.UTF_8), all);
  }

  public Answer delete(String target, String... fields) {
    return send("DELETE", target, new byte[0], fields);
  }

  public Answer send(String method, String target, byte[] body, String... fields) {
    StringBuilder head = new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\n")
        .append("Host: 127.0.0.1\r\nConnection: close\r\n");
    List.of(fields).forEach(field -> head.append(field).append("\r\n"));
    if (body.length > 0 || method.equals("PUT") || method.equals("POST")) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    head.append("\r\n");
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body);
      socket.getOutputStream().flush();
      return parse(socket.getInputStream().readAllBytes());
    } catch (IOException e) {
      throw new AssertionError("no answer to " + method + " " + target, e);
    }
  }

  private static Answer parse(byte[] answer) {
    String text = new String(answer, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new AssertionError("not an answer: '" + text + "'");
    }
    String[] lines = text.substring(0, end).split("\r\n");
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      headers.put(lines[i].substring(0, colon).toLowerCase(Locale.ROOT), lines[i].substring(colon + 1).strip());
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      int at = end + 4;
      for (int size = 1; size > 0;) {
        int lineEnd = text.indexOf("\r\n", at);
        size = Integer.parseInt(text.substring(at, lineEnd), 16);
        body.write(answer, lineEnd + 2, size);
        at = lineEnd + 2 + size + 2;
      }
    } else {
      body.write(answer, end + 4, answer.length - end - 4);
    }
    return new Answer(Integer.parseInt(lines[0].split(" ")[1]), headers, body.toByteArray());
  }
}
