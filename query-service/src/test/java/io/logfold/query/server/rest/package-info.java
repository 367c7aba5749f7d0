/** The REST interface from outside: a store adapter over plain HTTP for the contract kit, and raw requests. */
@NullMarked
package io.logfold.query.server.rest;

import org.jspecify.annotations.NullMarked;
