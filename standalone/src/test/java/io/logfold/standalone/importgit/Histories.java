package io.logfold.standalone.importgit;

import static io.logfold.standalone.importgit.GitFixture.delete;
import static io.logfold.standalone.importgit.GitFixture.put;
import static io.logfold.standalone.importgit.GitFixture.rename;
import static io.logfold.standalone.importgit.GitFixture.submodule;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** Histories with everything in them that once broke a tool that reads git. */
final class Histories {
  static final int MANY = 200;

  private Histories() {}

  static GitFixture awkward(Path directory, String... initOptions) throws IOException {
    GitFixture git = GitFixture.init(directory, initOptions);
    boolean sha256 = String.join(" ", initOptions).contains("sha256");
    git.commit("main", "root", put("a", "1"), put("-n", "n"), put("--", "dashes"), put("new\nline", "nl"),
        put("caf\u00c3\u00a9", "utf-8"), put("bad\u00ffname", "not utf-8"), put("quo\"te\\back", "q"),
        put("dir/x", "x"), put("120000", "link", "a"), put("tab\there", "t"));
    int base = git.commit("main", "change, chmod, delete", put("a", "2"), put("100755", "dir/x", "x"), delete("-n"));
    git.commit("main", "nothing");
    git.commit("main", "many files", IntStream.range(0, MANY).mapToObj(i -> put("many/" + i, "v" + i))
        .toArray(String[]::new));
    git.commit("main", "move", rename("dir/x", "moved/x"), put("120000", "link", "elsewhere"));
    git.commit("main", "a file becomes a directory", delete("a"), put("a/b", "b"));
    int side = git.commitBy("side/line", "Zo\u00eb <zoe>", "on the side", "from :" + base + "\n", put("side", "s"));
    git.merge("main", "merge with change", side, put("side", "s"));
    git.commit("main", "come", put("ghost", "g"));
    git.commit("main", "go", delete("ghost"));
    git.commit("main", "come again", put("ghost", "g"));
    git.commit("main", "go again", delete("ghost"));
    git.commit("main", "to 1", put("flip", "1"));
    git.commit("main", "to 2", put("flip", "2"));
    git.commit("main", "back to 1", put("flip", "1"));
    git.commit("main", "other", put("other", "1"));
    git.commitBy("main", "\u00c3\u00a9".repeat(200) + " <long@example.org>", "s".repeat(3_000) + "\n\nbody", "");
    git.commitBy("main", "raw \u00ff author <x>", "raw \u00ff subject", "", put("\u00e4", "latin-1"));
    git.commit("main", "a submodule", submodule("lib", "1".repeat(sha256 ? 64 : 40)));
    int side2 = git.commitBy("side/two", "Zo <zo>", "unused", "from :" + base + "\n", put("unused", "u"));
    git.merge("main", "merge of ours", side2);
    git.commit("main", "many go", IntStream.range(0, MANY - 20).mapToObj(i -> delete("many/" + i))
        .toArray(String[]::new));
    git.commit("main", "the end", put("a/b", "end"));
    git.write();
    return git;
  }
}
