/**
 * The driver for {@code dynamodb://REGION/TABLE}: a table in Amazon DynamoDB, shared by all nodes. Decision 0016 says
 * how rows and checkpoint stay together there. Begin with {@link io.logfold.projector.table.dynamodb.DynamoDbTable}.
 */
@NullMarked
package io.logfold.projector.table.dynamodb;

import org.jspecify.annotations.NullMarked;
