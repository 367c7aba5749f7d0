/** Tests of stored values and their keys. */
@NullMarked
package io.logfold.query.values;

import org.jspecify.annotations.NullMarked;
