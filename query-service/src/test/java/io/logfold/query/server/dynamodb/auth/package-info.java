/** Tests of signatures and access keys. */
@NullMarked
package io.logfold.query.server.dynamodb.auth;

import org.jspecify.annotations.NullMarked;
