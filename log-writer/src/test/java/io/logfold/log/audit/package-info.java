@NullMarked
package io.logfold.log.audit;

import org.jspecify.annotations.NullMarked;
