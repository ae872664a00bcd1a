package main

import "github.com/plungepool/plunge/pool/poolvet"

// analyzers run where no other flag is given.
var analyzers = poolvet.Analyzers
