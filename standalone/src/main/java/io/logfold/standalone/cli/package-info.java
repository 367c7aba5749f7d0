/**
 * The command line. {@link io.logfold.standalone.cli.LogfoldCommand} is the root; one class a command; what a command
 * reads and writes comes through {@link io.logfold.standalone.cli.CliIo}, so that tests run commands in process.
 */
@NullMarked
package io.logfold.standalone.cli;

import org.jspecify.annotations.NullMarked;
