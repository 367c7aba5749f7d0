/** DynamoDB's expressions by themselves, and against DynamoDB Local. */
@NullMarked
package io.logfold.query.server.dynamodb.expression;

import org.jspecify.annotations.NullMarked;
