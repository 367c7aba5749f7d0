@NullMarked
package io.logfold.standalone.importgit;

import org.jspecify.annotations.NullMarked;
