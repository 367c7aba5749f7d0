package io.logfold.log;
