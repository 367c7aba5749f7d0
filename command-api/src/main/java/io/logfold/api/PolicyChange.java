package io.logfold.api;

/** A change of the policies in force. Making the same change again changes nothing. */
public sealed interface PolicyChange {
  /** Of the policy that is put or removed. */
  String name();

  /** In force from now on, in place of the one of that name. */
  record Put(Policy policy) implements PolicyChange {
    @Override
    public String name() {
      return policy.name();
    }
  }

  /** Not in force any more. */
  record Remove(String name) implements PolicyChange {
    public Remove {
      Limits.checkPolicyName(name);
    }
  }
}
