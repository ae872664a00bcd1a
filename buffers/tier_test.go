package buffers

import (
	"runtime"
	"testing"
	"unicode/utf8"

	"github.com/plungepool/plunge/pool"
)

// TestCheckedEnvironment: what is no misuse is not reported with PLUNGE_CHECK=1.
func TestCheckedEnvironment(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "1")
	p := Must(New(Options{}))
	for range 3 { // a miss that puts a slab's pieces, and hits
		p.Release(p.Acquire(256))
	}
	f, err := NewFixed(256, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.Release(f.Acquire())
	g := p.GRPC()
	g.Put(g.Get(100))
	a := f.Any()
	v := new(int)
	a.Put(v)
	if got := a.Get(); got != any(v) {
		t.Errorf("a value of nobody's: got %v, want it back", got)
	}
}

// TestClosedCarvesNothing: a closed pool makes what is asked for, and not a slab whose other buffers it would drop.
func TestClosedCarvesNothing(t *testing.T) {
	p := Must(New(Options{}))
	f, err := NewFixed(256, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		acquire func()
		close   func() error
		stats   func() pool.Stats
	}{
		{"Pool", func() { p.Acquire(256) }, p.Close, func() pool.Stats { return p.Stats().Tiers[0].Pool }},
		{"Fixed", func() { f.Acquire() }, f.Close, f.Stats},
	} {
		if err := c.close(); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			c.acquire()
		}
		if s := c.stats(); s.Created != 3 || s.Warmed != 0 || s.Discarded.Total() != 0 {
			t.Errorf("%s: got %d made, %d ahead, %+v dropped, want 3 and nothing else", c.name, s.Created, s.Warmed, s.Discarded)
		}
	}
}

// TestNobodyGivesWayForNothing: if all that others have is too little for one buffer they keep it.
func TestNobodyGivesWayForNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := Must(New(Options{MaxRetainedBytes: 1 << 20}))
	cycle(p, 4096, 2)
	for range 100 {
		cycle(p, 256, 1) // the hottest, so that not all can give way
	}
	rooms := func() (all []int) {
		for _, ts := range p.Stats().Tiers {
			all = append(all, ts.Pool.MaxIdle)
			if ts.GaveWay != 0 {
				t.Errorf("%d bytes: gave way to what has no room", ts.Size)
			}
		}
		return all
	}
	before := rooms()
	cycle(p, 1<<20, 1)
	cycle(p, 1<<20, 1)
	after := rooms()
	for i := range before {
		if before[i] != after[i] {
			t.Errorf("tier %d: got room for %d, want %d as before", i, after[i], before[i])
		}
	}
}

// TestHeatOfFewer: while a call is in flight that was counted as a hit and is a miss, there seem to be fewer Acquires
// than before. That is no heat.
func TestHeatOfFewer(t *testing.T) {
	p := Must(New(Options{}))
	tr := p.tiers[0]
	tr.acquired = 5
	if tr.cool(); tr.heat != 0 || tr.acquired != 5 {
		t.Errorf("got heat %d, acquired %d, want 0 and 5", tr.heat, tr.acquired)
	}
}

// TestRuneInPlace: a rune needs room for its own bytes.
func TestRuneInPlace(t *testing.T) {
	p := Must(New(Options{}))
	for _, r := range []rune{'a', 'é', '€', '😀', utf8.RuneError, -1, utf8.MaxRune + 1} {
		n := len(string(r))
		b := p.NewBuffer(256)
		if _, err := b.Write(make([]byte, 256-n)); err != nil {
			t.Fatal(err)
		}
		if got, _ := b.WriteRune(r); got != n || b.Cap() != 256 || b.Len() != 256 {
			t.Errorf("%q: got %d bytes, length %d of %d, want %d, 256 of 256", r, got, b.Len(), b.Cap(), n)
		}
		b.Release()
	}
}

// TestReleasedNeverDecreases: T2, also between a piece's count and its way into the pool.
func TestReleasedNeverDecreases(t *testing.T) {
	p := Must(New(Options{NoCheck: true}))
	p.Release(p.Acquire(256))
	tr := p.tiers[0]
	before := tr.stats().Released
	tr.ahead.Add(1) // as in miss
	if got := tr.stats().Released; before != 1 || got != before {
		t.Errorf("got %d releases, then %d, want 1", before, got)
	}
	tr.pool.Load().Release(&new([256]byte)[0])
	if got := tr.stats().Released; got != before {
		t.Errorf("with the piece in the pool: got %d releases, want %d", got, before)
	}
}
