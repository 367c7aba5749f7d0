/** DynamoDB's items by themselves, and against DynamoDB Local. */
@NullMarked
package io.logfold.query.server.dynamodb.item;

import org.jspecify.annotations.NullMarked;
