/** Who calls DynamoDB's API: signatures of AWS's version 4, and the access keys that they are made with. */
@NullMarked
package io.logfold.query.server.dynamodb.auth;

import org.jspecify.annotations.NullMarked;
