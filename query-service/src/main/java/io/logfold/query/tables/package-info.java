/**
 * The named tables of a node: which there are, what each is doing (being built, projecting, standing), and how they are
 * added, verified and removed while the node runs.
 */
@NullMarked
package io.logfold.query.tables;

import org.jspecify.annotations.NullMarked;
