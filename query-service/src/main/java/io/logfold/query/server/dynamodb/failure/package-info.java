/** Refusals of DynamoDB's API. */
@NullMarked
package io.logfold.query.server.dynamodb.failure;

import org.jspecify.annotations.NullMarked;
