// Command vettool runs the analyzers of package poolvet under go vet -vettool.
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/plungepool/plunge/pool/poolvet"
)

func main() { unitchecker.Main(poolvet.Analyzers...) }
