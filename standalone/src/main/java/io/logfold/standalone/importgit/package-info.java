/**
 * Replays a git repository's history into a store: one event per git commit, along first parents, root to tip.
 *
 * <p>{@link io.logfold.standalone.importgit.GitRepository} reads git, {@link io.logfold.standalone.importgit.Step}s are
 * what is written, {@link io.logfold.standalone.importgit.StepWindow} keeps the pipeline in order and recoverable, and
 * {@link io.logfold.standalone.importgit.GitImporter} drives it. Start with StepWindow: it holds the argument why a
 * pipelined, interrupted and repeated import applies each commit exactly once.
 */
@NullMarked
package io.logfold.standalone.importgit;

import org.jspecify.annotations.NullMarked;
