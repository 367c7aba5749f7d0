/**
 * DynamoDB's items: {@link io.logfold.query.server.dynamodb.item.Item}, its
 * {@link io.logfold.query.server.dynamodb.item.AttributeValue}s and its numbers, in three forms.
 *
 * <p>{@link io.logfold.query.server.dynamodb.item.ItemJson} is the form of requests and answers,
 * {@link io.logfold.query.server.dynamodb.item.ItemBytes} the form that lies in the store, and
 * {@link io.logfold.query.server.dynamodb.item.NumberKeys} the form of a number that is a key. What is wrong with a
 * client's value is told in DynamoDB's own words by a
 * {@link io.logfold.query.server.dynamodb.item.ValidationException}. All values are immutable and may be shared between
 * threads. Nothing here knows of tables, requests or the store.
 */
@NullMarked
package io.logfold.query.server.dynamodb.item;

import org.jspecify.annotations.NullMarked;
