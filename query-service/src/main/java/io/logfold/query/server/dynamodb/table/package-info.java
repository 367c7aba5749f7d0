/** Tables of DynamoDB's API: what they are, where their definitions lie in the store, and how their items do. */
@NullMarked
package io.logfold.query.server.dynamodb.table;

import org.jspecify.annotations.NullMarked;
