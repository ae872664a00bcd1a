package main

import "golang.org/x/tools/go/analysis"

// analyzers are those of package poolvet.
var analyzers []*analysis.Analyzer
