package poolvet_test

import (
	"fmt"

	"github.com/plungepool/plunge/pool/poolvet"
)

// A vet tool of your own has them beside other analyzers: give all to unitchecker.Main or
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
