/**
 * DynamoDB's expressions: {@link io.logfold.query.server.dynamodb.expression.Expressions} parses those of one request
 * into a {@link io.logfold.query.server.dynamodb.expression.Condition} (also a filter), a
 * {@link io.logfold.query.server.dynamodb.expression.KeyCondition}, an
 * {@link io.logfold.query.server.dynamodb.expression.Update} and a
 * {@link io.logfold.query.server.dynamodb.expression.Projection}, which are applied to items.
 *
 * <p>A text goes through four steps, and what is wrong is told by the first that sees it, since clients get DynamoDB's
 * message for it and no other: its size; its syntax ({@code Lexer}, {@code Tokens} and the three parsers, which make a
 * {@code Syntax} tree); words and functions, in the order of the text ({@code Vocabulary}); names, values and types
 * ({@code Scope}, {@code OperandResolver}, {@code ConditionResolver}, {@code UpdateResolver}). What comes out is a tree
 * of {@code Operand}s and {@code Predicate}s over {@code Path}s, in which nothing is left to be looked up but the item.
 *
 * <p>Parsers are of recursive descent, written by hand: three small grammars do not repay a generator. Their depth is
 * bounded. Everything public is immutable but {@code Expressions}, which is one request's.
 */
@NullMarked
package io.logfold.query.server.dynamodb.expression;

import org.jspecify.annotations.NullMarked;
