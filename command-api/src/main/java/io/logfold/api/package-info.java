package io.logfold.api;
