@NullMarked
package io.logfold.projector.table.dynamodb;

import org.jspecify.annotations.NullMarked;
