package shard

import (
	"testing"

	"github.com/plungepool/plunge/internal/pin"
)

// D3. If this fails on a new Go or in some build, the compiler calls something there that mayCall does not know.
func TestHitsAreWhole(t *testing.T) {
	if !pin.Direct {
		t.Skip("no direct hits in this build")
	}
	must(t, Options[int]{Capacity: 1})
	for _, h := range hits() {
		if !h.whole() {
			t.Errorf("%s is not as it should be", h.name)
		}
	}
	if pin.Offset == 0 {
		t.Error("there are no direct hits")
	}
}

func TestMayCall(t *testing.T) {
	for name, want := range map[string]bool{
		"runtime.getm":                             true,
		"runtime.gcWriteBarrier2":                  true,
		"runtime.panicBounds":                      true,
		"runtime.libfuzzerTraceConstCmp8":          true,
		prefix + "(*Bag[...]).getOrMiss":           true,
		prefix + "(*SizeClass).put":                true,
		"runtime.Gosched":                          false,
		"runtime.morestack_noctxt":                 false,
		"runtime.mcall":                            false,
		prefix + "probe":                           false,
		"example.com/fault.put":                    false,
		"example.com/fault.(*Point).putOrOverflow": false,
	} {
		if got := mayCall(name); got != want {
			t.Errorf("mayCall(%q) = %v", name, got)
		}
	}
}

func BenchmarkLookAtHits(b *testing.B) {
	for b.Loop() {
		for _, h := range hits() {
			if !h.whole() {
				b.Fatal(h.name)
			}
		}
	}
}
