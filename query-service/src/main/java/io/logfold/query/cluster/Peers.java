package io.logfold.query.cluster;

import java.util.Map;

/** The other nodes. Any thread. */
public interface Peers {
  /** The node that is reached at this address, whether it lives or not. */
  Peer at(String address);

  /** The nodes of the cluster as far as they are known, this one among them: addresses by name. */
  Map<String, String> members();
}
