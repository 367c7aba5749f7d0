@NullMarked
package io.logfold.projector.table.rocksdb;

import org.jspecify.annotations.NullMarked;
