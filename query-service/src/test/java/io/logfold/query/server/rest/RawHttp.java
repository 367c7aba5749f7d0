package io.logfold.query.server.rest;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * HTTP/1.1 by hand, for request lines that a client library would not send: one connection a request.
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
      return read(new BufferedInputStream(socket.getInputStream()), method.equals("HEAD"));
    } catch (IOException e) {
      throw new AssertionError("no answer to " + method + " " + target, e);
    }
  }

  /** Reads what the header says and no more: a server may keep the connection open for a while behind its answer. */
  private static Answer read(InputStream in, boolean head) throws IOException {
    String status = line(in);
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int code = Integer.parseInt(status.split(" ")[1]);
    if (head || code == 204 || code == 304) {
      return new Answer(code, headers, new byte[0]);
    }
    if (!"chunked".equals(headers.get("transfer-encoding"))) {
      int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
      return new Answer(code, headers, in.readNBytes(length));
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
      body.write(in.readNBytes(size));
      line(in);
    }
    return new Answer(code, headers, body.toByteArray());
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the connection ended inside an answer, behind '" + line + "'");
      }
      line.append((char) b);
    }
    return line.toString().strip();
  }
}
