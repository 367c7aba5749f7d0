package io.logfold.query.simulation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Mutant}'s classes: compiles the changed sources in memory, and loads all of {@code io.logfold} anew, so
 * that a mutant and the store beside it share nothing.
 */
final class MutantClasses {
  private static final String OURS = "io.logfold.";

  private MutantClasses() {}

  /** @throws AssertionError where a snippet is not there, or more than once, or what comes out does not compile */
  static ClassLoader load(Mutant mutant) {
    Map<Path, String> sources = new LinkedHashMap<>();
    for (Mutant.Edit edit : mutant.edits()) {
      Path path = root().resolve(edit.module()).resolve("src/main/java").resolve(edit.file());
      sources.put(path, changed(mutant, edit, sources.containsKey(path) ? sources.get(path) : read(path)));
    }
    return new Loader(compile(mutant, sources));
  }

  /** The folder of all modules: tests run in that of one of them. */
  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.isDirectory(here.resolve("query-service")) ? here : here.resolveSibling("").normalize();
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException("the source of a mutant is not there; correct Mutant", e);
    }
  }

  private static String changed(Mutant mutant, Mutant.Edit edit, String source) {
    int at = source.indexOf(edit.snippet());
    if (at < 0 || source.indexOf(edit.snippet(), at + 1) >= 0) {
      throw new AssertionError("mutant \"" + mutant.name() + "\": " + edit.file() + (at < 0 ? " does not hold" : " holds more than once")
          + " what the mutant changes: the code has changed, so make the mutant anew from how the rule is kept now. It was\n"
          + edit.snippet());
    }
    return source.substring(0, at) + edit.replacement() + source.substring(at + edit.snippet().length());
  }

  private static Map<String, byte[]> compile(Mutant mutant, Map<Path, String> sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new AssertionError("mutants need a JDK with its compiler; run the tests on a JDK");
    }
    List<JavaFileObject> units = sources.entrySet().stream().<JavaFileObject>map(each -> new Source(each.getKey(), each.getValue())).toList();
    StringWriter messages = new StringWriter();
    try (Outputs outputs = new Outputs(compiler.getStandardFileManager(null, null, null))) {
      if (!compiler.getTask(messages, outputs, null, List.of("-proc:none", "-nowarn"), null, units).call()) {
        throw new AssertionError("mutant \"" + mutant.name() + "\" does not compile:\n" + messages);
      }
      return outputs.classes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(Path path, String text) {
      super(URI.create("string:///" + path.getFileName()), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Keeps what the compiler writes. */
  private static final class Outputs extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    Outputs(JavaFileManager below) {
      super(below);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("bytes:///" + className.replace('.', '/') + kind.extension), kind) {
        @Override
        public OutputStream openOutputStream() {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          written.put(className, bytes);
          return bytes;
        }
      };
    }

    Map<String, byte[]> classes() {
      Map<String, byte[]> classes = new HashMap<>();
      written.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
      return classes;
    }
  }

  /** Ours it defines itself, changed or not; what is not ours comes from above. */
  private static final class Loader extends ClassLoader {
    private final Map<String, byte[]> changed;

    Loader(Map<String, byte[]> changed) {
      super(MutantClasses.class.getClassLoader());
      this.changed = changed;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(OURS)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : findClass(name);
      }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      byte[] bytes = changed.containsKey(name) ? changed.get(name) : original(name);
      if (bytes == null) {
        throw new ClassNotFoundException(name);
      }
      return defineClass(name, bytes, 0, bytes.length);
    }

    private static byte @Nullable [] original(String name) {
      try (InputStream in = MutantClasses.class.getClassLoader().getResourceAsStream(name.replace('.', '/') + ".class")) {
        return in == null ? null : in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
