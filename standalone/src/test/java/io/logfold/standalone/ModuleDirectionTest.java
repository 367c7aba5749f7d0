package io.logfold.standalone;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.logfold.api.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The order of the modules is the way of the data: command-api, log-writer, projector, query-service, standalone; a
 * module may use those before it and none behind it. Maven keeps modules apart; this also keeps their packages apart,
 * which jars could share.
 */
class ModuleDirectionTest {
  private static final List<String> ORDER = List.of("api", "log", "projector", "query", "standalone");

  private static final JavaClasses CLASSES = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .withImportOption(location -> !location.contains("-tests.jar"))
      .importPackages("io.logfold");

  @Test
  void allModulesAreLookedAt() {
    for (String module : ORDER) {
      assertThat(CLASSES.stream().filter(c -> c.getPackageName().startsWith("io.logfold." + module)))
          .as("classes of io.logfold." + module).isNotEmpty();
    }
    assertThat(CLASSES.stream().map(c -> c.getPackageName().split("\\.")[2]).distinct())
        .as("modules").allMatch(ORDER::contains);
  }

  @Test
  void dependenciesGoTheWayOfTheDataOnly() {
    var layers = layeredArchitecture().consideringOnlyDependenciesInAnyPackage("io.logfold..")
        .layer("api").definedBy("io.logfold.api..")
        .layer("log").definedBy("io.logfold.log..")
        .layer("projector").definedBy("io.logfold.projector..")
        .layer("query").definedBy("io.logfold.query..")
        .layer("standalone").definedBy("io.logfold.standalone..");
    for (int i = 0; i < ORDER.size(); i++) {
      layers = i == ORDER.size() - 1
          ? layers.whereLayer(ORDER.get(i)).mayNotBeAccessedByAnyLayer()
          : layers.whereLayer(ORDER.get(i)).mayOnlyBeAccessedByLayers(
              ORDER.subList(i + 1, ORDER.size()).toArray(String[]::new));
    }
    layers.check(CLASSES);
  }

  @Test
  void packagesOfStandaloneHaveNoCycles() {
    slices().matching("io.logfold.standalone.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  /** Items and expressions are a library of their own: of the project they use its byte strings and nothing else. */
  @Test
  void itemsAndExpressionsOfDynamoDbKnowNothingOfTheStore() {
    String items = "io.logfold.query.server.dynamodb.item..";
    String expressions = "io.logfold.query.server.dynamodb.expression..";
    DescribedPredicate<JavaClass> others = resideInAPackage("io.logfold..").and(not(equivalentTo(Bytes.class)));

    noClasses().that().resideInAPackage(items)
        .should().dependOnClassesThat(others.and(not(resideInAPackage(items)))).check(CLASSES);
    noClasses().that().resideInAPackage(expressions)
        .should().dependOnClassesThat(others.and(not(resideInAnyPackage(items, expressions)))).check(CLASSES);
  }

  @Test
  void modulesHaveNoCycles() {
    slices().matching("io.logfold.(*)..").should().beFreeOfCycles().check(CLASSES);
  }
}
