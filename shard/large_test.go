package shard

import (
	"runtime"
	"testing"
	"weak"
)

// A large value goes through a box, which is used again. In the meantime it keeps
// nothing of the value reachable.
func TestBoxesKeepNothing(t *testing.T) {
	type big [1 << 10]byte
	type large struct {
		p *big
		_ [maxBoxless]byte
	}
	procs(t, 1)
	b := must(t, Options[large]{Capacity: 4, Magazine: -1}) // rings keep nothing
	var left []weak.Pointer[big]
	use := func() {
		p := new(big)
		left = append(left, weak.Make(p))
		b.Put(large{p: p})
		if got := b.Get(); got.p != p {
			t.Errorf("Get = %p, want %p", got.p, p)
		}
		b.Put(large{p: p})
		if got, ok := b.TryGet(); !ok || got.p != p {
			t.Errorf("TryGet = %p, %t, want %p", got.p, ok, p)
		}
	}
	for range 20 {
		use()
		func() { // what the last calls left on the stack
			var over [64]uintptr
			runtime.KeepAlive(&over)
		}()
	}
	runtime.GC() // once: a second would empty the pool of boxes
	kept := 0
	for _, w := range left {
		if w.Value() != nil {
			kept++
		}
	}
	if kept != 0 {
		t.Errorf("%d of %d values are still reachable after they left", kept, len(left))
	}
	runtime.KeepAlive(b)
}
