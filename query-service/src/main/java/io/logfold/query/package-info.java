package io.logfold.query;
