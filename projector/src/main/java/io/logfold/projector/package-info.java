package io.logfold.projector;
