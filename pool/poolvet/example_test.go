package poolvet_test

import (
	"fmt"

	"github.com/plungepool/plunge/pool/poolvet"
)

// A vet tool of your own can run these beside other analyzers: pass all of them to unitchecker.Main or
// multichecker.Main.
func Example() {
	for _, a := range poolvet.Analyzers {
		fmt.Println(a.Name)
	}
	// Output:
	// useafterrelease
	// doublerelease
	// leakedlease
	// wrongpool
	// boxedslice
}
