package main

import "github.com/plungepool/plunge/pool/poolvet"

// analyzers run if no other flag is given.
var analyzers = poolvet.Analyzers
