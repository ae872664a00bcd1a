package shard

import (
	"runtime"
	"testing"
	"weak"

	"github.com/plungepool/plunge/internal/pin"
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

// A value too large for the functions of hits has its hits elsewhere. They count, keep the policy's rules, and are hits.
func TestLargeHits(t *testing.T) {
	procs(t, 1)
	t.Run("128 bytes", testLargeHits[[maxBoxless]byte])
	t.Run("boxed", testLargeHits[[4096]byte])
}

func testLargeHits[T comparable](t *testing.T) {
	const n = 100
	var seen int
	o := &stamper{}
	b := must(t, Options[T]{Capacity: 1000, Policy: Policy[T]{Owner: o, Accept: func(T, int64) bool { seen++; return true }}})
	b.SetStamp(7)
	b.Endow()
	var v T
	use := func() {
		for range n {
			b.Put(v)
		}
		for range n - 1 {
			if got := b.Get(); got != v {
				t.Errorf("Get: got %v, want %v", got, v)
			}
		}
		if got, ok := b.TryGet(); got != v || !ok {
			t.Errorf("TryGet: got %v, %v, want %v", got, ok, v)
		}
	}
	use()
	if c := b.Counts(); c.Gets != n || c.Puts != n || c.Idle != 0 {
		t.Errorf("got %+v, want %d Gets and Puts", c, n)
	}
	if o.asked != 0 || seen != 0 && pin.Exclusive {
		t.Errorf("the owner was asked for %d stamps, Accept for %d values, want none", o.asked, seen)
	}
	b.SetStamp(0)
	use()
	if o.asked != n || o.stamped < n {
		t.Errorf("stamp 0: the owner was asked for %d stamps and told of %d, want %d", o.asked, o.stamped, n)
	}
	b.SetStamp(7)
	b.SetOldest(8)
	seen = 0
	use()
	if seen != n {
		t.Errorf("all too old: Accept saw %d values, want %d", seen, n)
	}
}

// stamper is an Owner whose stamp is 7, and to which all that is older may have to be shown.
type stamper struct{ asked, stamped int }

func (o *stamper) Stamp() int64  { o.asked++; return 7 }
func (o *stamper) Stamped(int64) { o.stamped++ }
func (o *stamper) Oldest() int64 { return 8 }
func (o *stamper) Earned()       {}
func (o *stamper) Alive() int    { return 0 }
func (o *stamper) MayStop() bool { return false }
