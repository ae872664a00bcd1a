//go:build plunge_explore

package pin

import (
	"unsafe"

	"github.com/plungepool/plunge/internal/check/explore"
)

// Exclusive is as in the default build.
const Exclusive = true

// M returns nil: nothing is asked of the runtime.
func M() unsafe.Pointer { return nil }

// Pin starts a section on one of the Ps that package explore plays. It is for one
// goroutine outside of an exploration, or for its threads.
func Pin() int { return explore.Pin() }

// Unpin ends the section on P id.
func Unpin[I ~int](id I) { explore.Unpin(int(id)) }
