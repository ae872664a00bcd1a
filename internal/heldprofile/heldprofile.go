// Package heldprofile is the profile plunge_held of runtime/pprof: what pools have out, by the stack that acquired it.
//
// A pool adds a record of its own for each thing that is out, and removes it. P1 of package pool holds for all
// records: nothing that is added leads to a pool, or to what it hands out.
package heldprofile

import (
	"reflect"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
)

// Limit is how many records of one pool the profile has at most.
const Limit = 4096

// MaxStack bounds how many frames of a stack are recorded: what runtime.Stack prints, and some of this module.
const MaxStack = 64

// profile is made by the first record.
var profile = sync.OnceValue(func() *pprof.Profile {
	const name = "plunge_held"
	if p := pprof.Lookup(name); p != nil {
		return p
	}
	return pprof.NewProfile(name)
})

// Add puts a record, a pointer, into the profile. stack is its caller's, as runtime.Callers(1, …) returns it there.
// In the profile it begins with the function that called this module.
func Add(record any, stack []uintptr) {
	_, own := Frames(stack)
	profile().Add(record, 2+own) // 2: Add itself, and this function
}

// Remove takes out a record, if it is there.
func Remove(record any) { profile().Remove(record) }

// Frames returns a stack's frames, innermost first, and how many at its top are this module's. If all of them are, as
// in "go p.Release(v)", none count as such.
func Frames(stack []uintptr) (all []runtime.Frame, own int) {
	if len(stack) == 0 {
		return nil, 0
	}
	frames := runtime.CallersFrames(stack)
	for {
		f, more := frames.Next()
		if f.Function != "" {
			all = append(all, f)
		}
		if !more {
			return all, max(slices.IndexFunc(all, Foreign), 0)
		}
	}
}

// module is how the names of this module's functions begin, bench how those begin that count as a user's.
var module, bench = func() (string, string) {
	type here struct{}
	self := strings.TrimSuffix(reflect.TypeFor[here]().PkgPath(), "internal/heldprofile")
	return self, self + "bench/"
}()

// Foreign reports whether a frame at the top of a stack is the user's: neither this module's, except for its
// tests, nor the runtime's, which calls deferred functions.
func Foreign(f runtime.Frame) bool {
	if strings.HasPrefix(f.Function, "runtime.") {
		return false
	}
	return !strings.HasPrefix(f.Function, module) || strings.HasPrefix(f.Function, bench) || strings.HasSuffix(f.File, "_test.go")
}
