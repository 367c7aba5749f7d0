@NullMarked
package io.logfold.standalone.server;

import org.jspecify.annotations.NullMarked;
