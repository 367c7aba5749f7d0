/**
 * DynamoDB's API in front of the store: {@code POST /} with {@code X-Amz-Target}, JSON 1.0. Programs made for DynamoDB run on
 * the store by one endpoint setting; docs/DYNAMODB.md says what they get, and what they do not.
 */
@NullMarked
package io.logfold.query.server.dynamodb;

import org.jspecify.annotations.NullMarked;
