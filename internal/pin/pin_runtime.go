//go:build !plunge_portable && !plunge_explore

package pin

import "unsafe" // for go:linkname, too

// Exclusive reports that the goroutine inside a section is alone with the
// number that Pin gave it, so that plain memory can be indexed by it.
const Exclusive = true

// The runtime keeps all three for the packages in its hall of shame ("do not remove
// or change the type signature", go.dev/issue/67401).

// Pin starts a pinned section and returns the number of the P.
//
//go:linkname Pin runtime.procPin
func Pin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

// M returns the address of what the runtime knows of the thread that the caller
// runs on, see Offset. It is in the same hall.
//
//go:linkname M runtime.getm
func M() unsafe.Pointer

// Unpin ends the section that began with the Pin that returned id. It is generic so that it inlines everywhere. The
// user's package instantiates the engine, and there the compiler has the bodies of generic functions, but not those
// of other functions of packages that the user's does not import.
func Unpin[I ~int](I) { procUnpin() }
