package io.logfold.query.server.dynamodb.auth;

import java.util.List;
import java.util.function.Function;

/**
 * What a signature is made of.
 *
 * @param header all values of a header field, by its name in small letters; empty where it is not there
 */
public record SignedRequest(String method, String path, String query, Function<String, List<String>> header, byte[] body) {}
