package shard

import (
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/plungepool/plunge/internal/pin"
)

// D3: a tool that inserts calls into the sources of packages, for example to inject faults, makes a section of D1
// preemptible. Then two goroutines can get the same value. So the first use of a bag looks at the machine code of the
// functions of D1, as pin.Offset looks at that of procPin. If one has a call that it should not have, the process has
// no direct hits: sections are pinned. The functions for one T tell for all others, because a tool sees the source
// and not what is made of it.

var looked sync.Once

// lookAtHits does that once. It takes some 20 µs.
func lookAtHits() {
	if !pin.Direct || pin.Offset == 0 {
		return
	}
	looked.Do(func() {
		for _, h := range hits() {
			if !h.whole() {
				pin.Distrust()
				return
			}
		}
	})
}

// hit is a function of D1.
type hit struct {
	name string
	code unsafe.Pointer
}

func hits() []hit {
	return []hit{
		{"GetBy[...]", codeOf(GetBy[*byte, None[*byte]])},
		{"TryGetBy[...]", codeOf(TryGetBy[*byte, None[*byte]])},
		{"PutBy[...]", codeOf(PutBy[*byte, None[*byte]])},
		{"GetNBy[...]", codeOf(GetNBy[*byte, None[*byte]])},
		{"PutNBy[...]", codeOf(PutNBy[*byte, None[*byte]])},
		{"GetSized", codeOf(GetSized)},
		{"PutSized", codeOf(PutSized)},
	}
}

// codeOf returns the address of a function's code: a function value is a pointer to it.
func codeOf[F any](f F) unsafe.Pointer { return **(**unsafe.Pointer)(unsafe.Pointer(&f)) }

const prefix = "github.com/plungepool/plunge/shard."

// whole reports that h calls what D1 says and nothing else.
func (h hit) whole() bool {
	code := h.code
	if strings.HasSuffix(h.name, "[...]") {
		// The value of a generic function is a wrapper that calls it, with a dictionary.
		code = nil
		for _, c := range pin.Calls(h.code) {
			if nameOf(c) == prefix+h.name {
				code = c
			}
		}
		if code == nil {
			return false
		}
	}
	for _, c := range pin.Calls(code) {
		if !mayCall(nameOf(c)) {
			return false
		}
	}
	return true
}

func nameOf(code unsafe.Pointer) string { return runtime.FuncForPC(uintptr(code)).Name() }

// mayCall reports whether the functions of D1 may call the function of that name: one that the compiler calls for
// barriers, copies, bounds and fuzzing, or one that does what is not a hit. morestack is not allowed: only functions
// that are not nosplit call it.
func mayCall(name string) bool {
	if called, ok := strings.CutPrefix(name, "runtime."); ok {
		for _, p := range []string{"getm", "gcWriteBarrier", "wbMove", "wbZero", "memmove", "duff", "panic", "libfuzzerTrace", "retpoline"} {
			if strings.HasPrefix(called, p) {
				return true
			}
		}
		return false
	}
	if !strings.HasPrefix(name, prefix) {
		return false
	}
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "getLarge", "tryGetLarge", "putLarge", "box", "free",
		"getOrMiss", "getOrNot", "prepare", "putOrOverflow",
		"getRest", "putRest", "get", "put":
		return true
	}
	return false
}
