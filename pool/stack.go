package pool

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"

	"github.com/plungepool/plunge/internal/heldprofile"
)

// Stack is the call stack of a goroutine, as runtime.Callers returns it. Functions and lines are looked up by
// Frames and String.
type Stack []uintptr

// maxStack is how many frames a Stack has at most.
const maxStack = heldprofile.MaxStack

// callers returns the stack of its caller's caller.
func callers() Stack {
	var pcs [maxStack]uintptr
	return slices.Clone(pcs[:runtime.Callers(3, pcs[:])])
}

// Frames returns the stack, innermost function first. It begins with the function that called this module. If
// there is none, as in "go p.Release(v)", it is the whole stack.
func (s Stack) Frames() []runtime.Frame {
	frames, own := heldprofile.Frames(s)
	return frames[own:]
}

// String returns the stack as the runtime prints one: the function on one line,
// file and line on the next, behind a tab.
func (s Stack) String() string {
	var b strings.Builder
	for _, f := range s.Frames() {
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// MarshalText implements encoding.TextMarshaler with String: a Stack in JSON or
// in a log is readable.
func (s Stack) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// log logs the stack on lines of its own, a record for each frame: a record is one line to most logs.
func (s Stack) log(level slog.Level, pool string) {
	for _, f := range s.Frames() {
		slog.Log(context.Background(), level, "pool:     by "+f.Function, "pool", pool, "at", fmt.Sprintf("%s:%d", f.File, f.Line))
	}
}

// by reports whether the stack is that of a call of one of the methods, or of one
// that this package made of them: "Pool.Borrow". It is how a checked pool
// knows leases: the hooks of the engine do not tell, and telling them would cost
// the hit path something. Where names are obscured every call is a plain one.
func (s Stack) by(methods ...string) bool {
	frames := runtime.CallersFrames(s)
	for {
		f, more := frames.Next()
		if heldprofile.Foreign(f) {
			return false
		}
		for _, m := range methods {
			receiver, method, _ := strings.Cut(m, ".")
			// As in path/pool.(*Pool[...]).Borrow, or with -fm at its end.
			if strings.Contains(f.Function, ".(*"+receiver+"[") &&
				strings.HasSuffix(strings.TrimSuffix(f.Function, "-fm"), "."+method) {
				return true
			}
		}
		if !more {
			return false
		}
	}
}
