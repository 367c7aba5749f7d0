@NullMarked
package io.logfold.query.server.dynamodb.table;

import org.jspecify.annotations.NullMarked;
