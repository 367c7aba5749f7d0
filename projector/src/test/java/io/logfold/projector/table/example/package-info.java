/** The driver that docs/WRITE-A-DRIVER.md explains: small, whole and tested, and not for use. */
@NullMarked
package io.logfold.projector.table.example;

import org.jspecify.annotations.NullMarked;
