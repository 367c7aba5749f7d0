@NullMarked
package io.logfold.standalone.jsonl;

import org.jspecify.annotations.NullMarked;
