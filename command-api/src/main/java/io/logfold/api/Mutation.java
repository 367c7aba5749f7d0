package io.logfold.api;

/** One change of one key inside a commit. */
public sealed interface Mutation {
  Bytes key();

  record Put(Bytes key, Bytes value) implements Mutation {
    public Put {
      Limits.checkKey(key);
      Limits.checkValue(value);
    }
  }

  record Delete(Bytes key) implements Mutation {
    public Delete {
      Limits.checkKey(key);
    }
  }
}
