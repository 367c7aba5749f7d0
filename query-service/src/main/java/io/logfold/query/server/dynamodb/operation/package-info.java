/** The operations of DynamoDB's API, each on the store's own: what a request says, and what is answered. */
@NullMarked
package io.logfold.query.server.dynamodb.operation;

import org.jspecify.annotations.NullMarked;
