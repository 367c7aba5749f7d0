@NullMarked
package io.logfold.query.server.dynamodb.operation;

import org.jspecify.annotations.NullMarked;
