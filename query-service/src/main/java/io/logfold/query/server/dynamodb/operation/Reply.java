package io.logfold.query.server.dynamodb.operation;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** An answer: the fields of its JSON object. */
@FunctionalInterface
public interface Reply {
  void write(JsonGenerator json) throws IOException;
}
