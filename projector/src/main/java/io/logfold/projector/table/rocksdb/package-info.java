/** The driver for {@code rocksdb:DIR}: a table in a folder of this node. */
@NullMarked
package io.logfold.projector.table.rocksdb;

import org.jspecify.annotations.NullMarked;
