@NullMarked
package io.logfold.query.cluster;

import org.jspecify.annotations.NullMarked;
