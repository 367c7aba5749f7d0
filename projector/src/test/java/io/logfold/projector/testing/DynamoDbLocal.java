package io.logfold.projector.testing;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Amazon's DynamoDB Local as a process of its own with a class path of its own, one per test JVM, started when first
 * asked for. Its jars are what module dynamodb-local has put into its target/lib; the system property
 * {@code logfold.dynamodb-local.lib} names another folder. Everything is in its memory, and it ends with the JVM that
 * started it, also when that is killed: its input ends then.
 */
public final class DynamoDbLocal {
  private static final String SERVER = "software.amazon.dynamodb.services.local.main.ServerRunner";
  private static final Duration STARTS_WITHIN = Duration.ofSeconds(60);
  private static @Nullable String endpoint;

  private DynamoDbLocal() {}

  /** {@code http://127.0.0.1:PORT}. Sets credentials for the AWS SDK in this JVM, where it has none: any will do. */
  public static synchronized String endpoint() {
    if (endpoint == null) {
      if (System.getProperty("aws.accessKeyId") == null) {
        System.setProperty("aws.accessKeyId", "local");
        System.setProperty("aws.secretAccessKey", "local");
      }
      endpoint = start(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    }
    return endpoint;
  }

  /** One more, with a JVM of these options: for who measures it, and not what it costs to start. */
  public static String another(List<String> javaOptions) {
    return start(javaOptions);
  }

  /** The URL of a table there. */
  public static String url(String table) {
    return "dynamodb://local/" + table + "?endpoint=" + endpoint() + "&create=true";
  }

  private static String start(List<String> javaOptions) {
    Path lib = lib();
    for (int attempt = 0; attempt < 5; attempt++) {
      try {
        int port = freePort();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaOptions);
        command.addAll(List.of("-Djava.library.path=" + lib, "-cp",
            lib + File.separator + "*" + File.pathSeparator + ownClasses(), DynamoDbLocal.class.getName(),
            "-port", Integer.toString(port), "-sharedDb", "-disableTelemetry", "-inMemory"));
        Process process = new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "dynamodb-local-end"));
        String url = "http://127.0.0.1:" + port;
        await().atMost(STARTS_WITHIN).pollInterval(Duration.ofMillis(50))
            .until(() -> !process.isAlive() || answers(url));
        if (process.isAlive()) {
          return url;
        }
      } catch (IOException e) {
        throw new IllegalStateException("DynamoDB Local does not start", e);
      }
    }
    throw new IllegalStateException("DynamoDB Local ended at once, five times; start it by hand to see why: java"
        + " -Djava.library.path=" + lib + " -cp '" + lib + "/*' " + SERVER + " -inMemory");
  }

  /** It may be gone when the server wants it; then the server ends and another is tried. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean answers(String url) {
    try {
      HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
      connection.setConnectTimeout(2_000);
      connection.setReadTimeout(5_000);
      // Not a request of DynamoDB's: refused, in DynamoDB's way.
      return connection.getResponseCode() == 400 && connection.getHeaderField("x-amzn-RequestId") != null;
    } catch (IOException e) {
      return false;
    }
  }

  private static Path ownClasses() {
    try {
      return Path.of(DynamoDbLocal.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the test's own classes have no place", e);
    }
  }

  private static Path lib() {
    String given = System.getProperty("logfold.dynamodb-local.lib");
    if (given != null) {
      return Path.of(given).toAbsolutePath();
    }
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      Path lib = folder.resolve("dynamodb-local/target/lib");
      if (Files.isDirectory(lib)) {
        return lib;
      }
    }
    throw new IllegalStateException("the jars of DynamoDB Local are missing: run mvn -pl dynamodb-local validate, or"
        + " say where they are with -Dlogfold.dynamodb-local.lib=FOLDER");
  }

  /** The process: DynamoDB Local, which is not on the class path this was compiled with; ends when its input does. */
  public static void main(String[] args) throws Exception {
    Thread watch = new Thread(() -> {
      try {
        while (System.in.read() >= 0) {
          // Nothing is said to it; the end of input is the end of the process that started it.
        }
      } catch (IOException e) {
        // The end as well.
      }
      Runtime.getRuntime().halt(0);
    }, "watch-parent");
    watch.setDaemon(true);
    watch.start();
    Class.forName(SERVER).getMethod("main", String[].class).invoke(null, (Object) args);
  }
}
