package io.logfold.projector.table.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The code in docs/WRITE-A-DRIVER.md is that of the files it names, to the letter. {@code -Dlogfold.docs.update=true}
 * writes it anew.
 */
class DriverGuideTest {
  private static final Path ROOT = Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize().resolve("..");
  private static final Path PAGE = ROOT.resolve("docs/WRITE-A-DRIVER.md");
  private static final Pattern SHOWN =
      Pattern.compile("(<!-- file: (\\S+) -->\n```\\w+\n)(.*?)(?<=\n)(```\n)", Pattern.DOTALL);

  @Test
  void theCodeOnThePageIsThatOfTheFiles() throws IOException {
    String page = Files.readString(PAGE);
    StringBuilder rendered = new StringBuilder();
    List<String> files = new ArrayList<>();
    Matcher shown = SHOWN.matcher(page);
    while (shown.find()) {
      MatchResult block = shown.toMatchResult();
      files.add(block.group(2));
      shown.appendReplacement(rendered, Matcher.quoteReplacement(
          block.group(1) + Files.readString(ROOT.resolve(block.group(2))) + block.group(4)));
    }
    shown.appendTail(rendered);
    if (Boolean.getBoolean("logfold.docs.update")) {
      Files.writeString(PAGE, rendered.toString());
    }
    assertThat(files).doesNotHaveDuplicates().hasSize(page.split("<!-- file: ", -1).length - 1);
    assertThat(PAGE).as("run this test with -Dlogfold.docs.update=true to write the page anew")
        .hasContent(rendered.toString());
  }

  @Test
  void theWholeDriverIsOnThePage() throws IOException {
    String page = Files.readString(PAGE);
    Path folder = ROOT.resolve("projector/src/test/java/io/logfold/projector/table/example");
    try (var sources = Files.list(folder)) {
      assertThat(sources.map(source -> source.getFileName().toString())
          .filter(name -> name.startsWith("Journal"))).hasSize(4)
          .allSatisfy(name -> assertThat(page).contains("/example/" + name + " -->"));
    }
  }
}
