//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows) && !android && !ios && !go1.28 && !race && !msan && !asan && !plunge_portable && !plunge_explore

package pin

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

//go:noinline
func other(n int) int { return n + 1 }

var value = other

// good has a section.
//
//go:nosplit
//go:noinline
func good(p **int, q *int) { *p = q; M() }

//go:nosplit
//go:noinline
func calling(n int) int { return other(n) }

//go:nosplit
//go:noinline
func callingValue(n int) int { return value(n) }

//go:nosplit
//go:noinline
func collecting() { runtime.GC() }

//go:noinline
func splitting(n int) int { return other(n) + other(n+1) }

// Whatever a function calls is found, and what it does not call is not.
func TestCalls(t *testing.T) {
	const here = "github.com/plungepool/plunge/internal/pin."
	codeOf := func(f *func()) unsafe.Pointer { return **(**unsafe.Pointer)(unsafe.Pointer(f)) }
	for _, c := range []struct {
		name string
		f    unsafe.Pointer // to a function value
		want []string       // the beginnings of names
	}{
		{"good", unsafe.Pointer(ptr(good)), []string{"runtime.gcWriteBarrier", "runtime.getm"}},
		{"calling", unsafe.Pointer(ptr(calling)), []string{here + "other"}},
		{"callingValue", unsafe.Pointer(ptr(callingValue)), nil},
		{"collecting", unsafe.Pointer(ptr(collecting)), []string{"runtime.GC"}},
		{"splitting", unsafe.Pointer(ptr(splitting)), []string{here + "other", "runtime.morestack"}},
	} {
		targets := Calls(codeOf((*func())(c.f)))
		var got []string
		for _, p := range targets {
			got = append(got, runtime.FuncForPC(uintptr(p)).Name())
		}
		for _, name := range got {
			if !slices.ContainsFunc(c.want, func(w string) bool { return strings.HasPrefix(name, w) }) {
				t.Errorf("%s: a call of %s is found, which is none", c.name, name)
			}
		}
		for _, w := range c.want {
			if !slices.ContainsFunc(got, func(name string) bool { return strings.HasPrefix(name, w) }) {
				t.Errorf("%s: no call of %s is found, only %q", c.name, w, got)
			}
		}
	}
}

func ptr[F any](f F) *F { return &f }
