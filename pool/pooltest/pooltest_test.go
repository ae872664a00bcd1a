package pooltest_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/pooltest"
)

type item struct {
	id int
	_  *item
}

// recorder is a testing.TB that keeps what it is told.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// want checks that errors were reported in order: one for each string, with its words in it.
func (r *recorder) want(t *testing.T, words ...string) {
	t.Helper()
	if len(r.errors) != len(words) {
		t.Fatalf("got %d errors, want %d: %q", len(r.errors), len(words), r.errors)
	}
	for i, w := range words {
		for _, word := range strings.Fields(w) {
			if !strings.Contains(r.errors[i], word) {
				t.Errorf("error %d: got %q, want %q in it", i, r.errors[i], word)
			}
		}
	}
	r.errors = nil
}

func numbered() func() *item {
	var n atomic.Int32
	return func() *item { return &item{id: int(n.Add(1)) - 1} }
}

func newPool(t *testing.T, o pool.Options[*item]) *pool.Pool[*item] {
	t.Helper()
	if o.New == nil {
		o.New = numbered()
	}
	p, err := pool.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

//go:noinline
func holdHere(p *pool.Pool[*item]) *item { return p.Acquire() }

//go:noinline
func holdDeep(p *pool.Pool[*item], depth int) *item {
	if depth > 0 {
		return holdDeep(p, depth-1)
	}
	return p.Acquire()
}

// testPackage is how the functions of this package are called in a stack.
const testPackage = "github.com/plungepool/plunge/pool/pooltest_test."

//go:noinline
func dropHere(p *pool.Pool[*item]) { p.Acquire() }

// clobber overwrites what dead calls left on the stack.
//
//go:noinline
func clobber() (n byte) {
	var space [4096]byte
	for i := range space {
		n += space[i]
	}
	return n
}

func TestAssertNoLeaks(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // some of the pools are not checked
	var r recorder
	var leaks atomic.Int32
	sound := newPool(t, pool.Options[*item]{Check: true})
	sound.Release(sound.Acquire())
	leased := sound.Borrow()
	leased.Release()
	plain := newPool(t, pool.Options[*item]{Name: "plain"})
	plain.Release(plain.Acquire())
	pooltest.AssertNoLeaks(&r, sound, plain)
	pooltest.AssertNoLeaks(&r)
	r.want(t)

	v := plain.Acquire()
	p := newPool(t, pool.Options[*item]{Name: "checked", Check: true, OnMisuse: func(pool.Misuse) { leaks.Add(1) }})
	u := holdHere(p)
	dropHere(p)
	clobber()
	pooltest.AssertNoLeaks(&r, plain, sound, p)
	r.want(t, `"plain": 1 objects in use PLUNGE_CHECK=1`, `"checked": in use holdHere`, `"checked": garbage dropHere`)
	for deadline := time.Now().Add(5 * time.Second); leaks.Load() == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if leaks.Load() != 1 {
		t.Errorf("OnMisuse: got %d leaks, want 1", leaks.Load())
	}
	plain.Release(v)
	p.Release(u)
	pooltest.AssertNoLeaks(&r, plain, p)
	r.want(t, "garbage dropHere") // it never will be back

	nameless := newPool(t, pool.Options[*item]{Check: true})
	vs := make([]*item, 12)
	for i := range vs {
		vs[i] = holdDeep(nameless, i) // different stacks
	}
	pooltest.AssertNoLeaks(&r, nameless)
	if n := len(r.errors); n != 11 || !strings.Contains(r.errors[10], "12 objects in use, 2 of them not shown") || !strings.Contains(r.errors[0], "pool.Pool[") {
		t.Errorf("12 objects in use: got %d errors, want 10 and a summary: %q", n, r.errors)
	}
	runtime.KeepAlive(vs)

	r.errors = nil
	grouped := newPool(t, pool.Options[*item]{Check: true, Name: "grouped", OnMisuse: func(pool.Misuse) {}})
	grouped.AcquireN(vs[:5])
	for range 3 {
		vs = append(vs, holdHere(grouped))
	}
	for range 2 {
		dropHere(grouped)
	}
	clobber()
	pooltest.AssertNoLeaks(&r, grouped)
	if len(r.errors) != 3 {
		t.Fatalf("three stacks: got %d errors, want one for each: %q", len(r.errors), r.errors)
	}
	for _, want := range []string{"3 objects are in use; they were acquired here:\n" + testPackage + "holdHere\n", "5 objects are in use", "2 objects are garbage and were not released; they were acquired here:\n" + testPackage + "dropHere\n"} {
		if !slices.ContainsFunc(r.errors, func(e string) bool { return strings.HasPrefix(e, `pool "grouped": `+want) }) {
			t.Errorf("got %q, want one that begins with %q", r.errors, want)
		}
	}
	runtime.KeepAlive(vs)

	r.errors = nil
	pooltest.AssertNoLeaks(&r, 7)
	r.want(t, "int is no pool")

	r.errors = nil
	counted := pool.Must(pool.New(pool.Options[int]{New: func() int { return 1 }, Check: true, Name: "ints"}))
	counted.Acquire()
	pooltest.AssertNoLeaks(&r, counted)
	r.want(t, `"ints": 1 objects in use, 1 of them not shown`)
}

// TestDeterministic compares a pool with a plain stack, over random calls on
// changing goroutines and numbers of Ps.
func TestDeterministic(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, check := range []bool{false, true} {
		runtime.GOMAXPROCS(1 + random.IntN(4))
		const maxIdle = 40
		p := newPool(t, pooltest.Deterministic(pool.Options[*item]{MaxIdle: maxIdle, Check: check}))
		var stack, held []*item
		made := 0
		acquired := func(v *item) {
			t.Helper()
			held = append(held, v)
			if n := len(stack); n == 0 {
				if v.id != made {
					t.Fatalf("Acquire of an empty pool: got item %d, want a new one, %d", v.id, made)
				}
				made++
			} else if stack, v = stack[:n-1], stack[n-1]; held[len(held)-1] != v {
				t.Fatalf("Acquire: got item %d, want the one released last, %d", held[len(held)-1].id, v.id)
			}
		}
		released := func(n int) {
			for _, v := range held[len(held)-n:] {
				if len(stack) < maxIdle {
					stack = append(stack, v)
				}
			}
			held = held[:len(held)-n]
		}
		step := func() {
			n := random.IntN(12)
			switch random.IntN(8) {
			case 0, 1:
				for range n {
					acquired(p.Acquire())
				}
			case 2:
				vs := make([]*item, n)
				p.AcquireN(vs)
				for _, v := range vs {
					acquired(v)
				}
			case 3:
				n = min(n, len(held))
				p.ReleaseN(held[len(held)-n:])
				released(n)
			case 4, 5:
				n = min(n, len(held))
				for _, v := range held[len(held)-n:] {
					p.Release(v)
				}
				released(n)
			case 6:
				if v, ok := p.TryAcquire(); ok {
					acquired(v)
				} else if len(stack) > 0 {
					t.Fatalf("TryAcquire: got none, want item %d", stack[len(stack)-1].id)
				}
			case 7:
				switch random.IntN(3) {
				case 0:
					p.Clear()
					stack = nil
				case 1:
					p.Prune(time.Hour) // drops none, but takes all out and puts them back
				case 2:
					runtime.GOMAXPROCS(1 + random.IntN(6))
				}
			}
			if got := p.Len(); got != len(stack) {
				t.Fatalf("Len: got %d, want %d", got, len(stack))
			}
		}
		for range 3000 {
			done := make(chan struct{})
			go func() { defer close(done); step() }()
			<-done
			if t.Failed() {
				t.FailNow()
			}
		}
		if s := p.Stats(); s.Shards != 1 || s.Idle != len(stack) || s.InUse != len(held) {
			t.Errorf("Stats: got %v, want 1 shard, %d idle, %d in use", s, len(stack), len(held))
		}
	}
}

// TestDeterministicAtOnce has goroutines use the pool at the same time, some
// of them sweeping: as many objects are made as are in use at once, and no more.
func TestDeterministicAtOnce(t *testing.T) {
	const goroutines = 6
	p := newPool(t, pooltest.Deterministic(pool.Options[*item]{MinIdle: goroutines}))
	if got := p.Len(); got != goroutines {
		t.Fatalf("Len: got %d, want %d", got, goroutines)
	}
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range 3000 {
				p.Release(p.Acquire())
				if g == 0 && i%50 == 0 {
					p.Prune(time.Hour)
				}
			}
		})
	}
	wg.Wait()
	if s := p.Stats(); s.Created != 0 || s.Idle != goroutines || s.Discarded.Total() != 0 {
		t.Errorf("Stats: got %+v, want none made and none dropped", s)
	}
}

// TestDeterministicPrune drops those at the bottom, in order.
func TestDeterministicPrune(t *testing.T) {
	var dropped []int
	o := pooltest.Deterministic(pool.Options[*item]{
		MinIdle: 3, New: numbered(), Destroy: func(v *item) { dropped = append(dropped, v.id) },
	})
	p := newPool(t, o)
	vs := make([]*item, 30)
	p.AcquireN(vs)
	slices.SortFunc(vs, func(a, b *item) int { return a.id - b.id })
	p.ReleaseN(vs)
	if got := p.Prune(0); got != 27 {
		t.Errorf("Prune: got %d, want 27", got)
	}
	if want := 27; len(dropped) != want || !slices.IsSorted(dropped) || dropped[26] != 26 {
		t.Errorf("Prune: got %v dropped, want 0 to 26", dropped)
	}
	for _, want := range []int{29, 28, 27, 30} {
		if got := p.Acquire().id; got != want {
			t.Errorf("Acquire: got item %d, want %d", got, want)
		}
	}
}

func TestDeterministicDefaults(t *testing.T) {
	o := pooltest.Deterministic(pool.Options[*item]{})
	if !o.LIFO || o.Shards != 1 || o.MaxIdle != pool.DefaultMaxIdlePerP || o.MaxIdleTime != -1 {
		t.Errorf("got %+v, want one shard, LIFO, %d, no limit", o, pool.DefaultMaxIdlePerP)
	}
	if o := pooltest.Deterministic(pool.Options[*item]{MinIdle: 2000, MaxIdleTime: time.Second}); o.MaxIdle != 2000 || o.MaxIdleTime != time.Second {
		t.Errorf("got MaxIdle %d and MaxIdleTime %v, want 2000 and 1s", o.MaxIdle, o.MaxIdleTime)
	}
}

// AssertNoLeaks may be the first use of a zero pool, and sees which of its objects are in use.
func TestZeroPool(t *testing.T) {
	for _, check := range []string{"", "1"} {
		t.Setenv("PLUNGE_CHECK", check)
		var p pool.Pool[*item]
		var r recorder
		pooltest.AssertNoLeaks(&r, &p)
		r.want(t)
		p.Acquire() // nil
		v := new(item)
		p.Release(v)
		pooltest.AssertNoLeaks(&r, &p)
		r.want(t)
		p.Acquire()
		pooltest.AssertNoLeaks(&r, &p)
		r.want(t, "in use")
	}
}
