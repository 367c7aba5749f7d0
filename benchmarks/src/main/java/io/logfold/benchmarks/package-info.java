package io.logfold.benchmarks;
