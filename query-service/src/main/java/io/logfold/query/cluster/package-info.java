/**
 * Several nodes as one store: who should lead what, and how a call finds whoever leads.
 */
@NullMarked
package io.logfold.query.cluster;

import org.jspecify.annotations.NullMarked;
