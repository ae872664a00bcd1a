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

// log logs the stack, one record for each frame, because most logs print a record as one line.
func (s Stack) log(level slog.Level, pool string) {
	for _, f := range s.Frames() {
		slog.Log(context.Background(), level, "pool:     by "+f.Function, "pool", pool, "at", fmt.Sprintf("%s:%d", f.File, f.Line))
	}
}

// by reports whether the stack's frames in this module include one of the methods, such as "Pool.Borrow". In this
// way a checked pool recognizes leases: the engine's hooks are not told of them, because that would slow the hit
// path. If names are obfuscated, every call counts as one without a lease.
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
