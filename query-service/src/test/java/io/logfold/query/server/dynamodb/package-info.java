/** Tests of the whole endpoint, over HTTP. */
@NullMarked
package io.logfold.query.server.dynamodb;

import org.jspecify.annotations.NullMarked;
