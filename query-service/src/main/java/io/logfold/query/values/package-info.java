/**
 * Values as they are stored, and as callers see them. Values of redactable partition keys are encrypted, each under a data
 * key of its own; log, memtable, tables and history keep stored bytes and never know. A data key is kept outside the log,
 * in the key vault, wrapped by the node's master key; to destroy it is to make its value unreadable wherever a copy of it
 * lies. {@link io.logfold.query.values.Values} is what a node uses; docs/decisions/0025 has the hierarchy and its limits.
 */
@NullMarked
package io.logfold.query.values;

import org.jspecify.annotations.NullMarked;
