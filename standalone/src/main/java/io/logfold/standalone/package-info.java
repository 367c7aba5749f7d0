package io.logfold.standalone;
