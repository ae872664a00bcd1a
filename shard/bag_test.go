package shard

import (
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/pin"
)

// stressTime is how long each stress test runs: PLUNGE_STRESS, a duration.
func stressTime(t testing.TB) time.Duration {
	d, err := time.ParseDuration(os.Getenv("PLUNGE_STRESS"))
	if err != nil {
		return 300 * time.Millisecond
	}
	return d
}

// newRand returns a generator whose seed the test prints.
func newRand(t testing.TB) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

func must[T any](t testing.TB, o Options[T]) *Bag[T] {
	t.Helper()
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if own, ok := o.Policy.Owner.(owner); ok && own.stamp == nil {
		b.SetStamp(1)
	}
	return b
}

// owner is an Owner of which tests set what they need.
type owner struct {
	stamp   func() int64
	stamped func(int64)
	oldest  func() int64
	earned  func()
	alive   func() int
	mayStop func() bool
}

func (o owner) Stamp() int64 { return o.stamp() }
func (o owner) Stamped(stamp int64) {
	if o.stamped != nil {
		o.stamped(stamp)
	}
}

func (o owner) Oldest() int64 {
	if o.oldest == nil {
		return minStamp
	}
	return o.oldest()
}

func (o owner) Earned() {
	if o.earned != nil {
		o.earned()
	}
}

func (o owner) Alive() int {
	if o.alive == nil {
		return 0
	}
	return o.alive()
}

func (o owner) MayStop() bool { return o.mayStop == nil || o.mayStop() }

// eager is an owner that knows no time and lets the world be stopped whenever it is asked.
var eager = owner{}

// procs sets GOMAXPROCS for the rest of the test.
func procs(t testing.TB, n int) {
	old := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(old) })
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		o    Options[int]
		want []string // in the message; nil: no error
	}{
		{Options[int]{Capacity: 1}, nil},
		{Options[int]{Capacity: MaxCapacity / 64, Shards: 3, Magazine: MaxMagazine}, nil},
		{Options[int]{Capacity: 0}, []string{"Capacity", "0"}},
		{Options[int]{Capacity: -5}, []string{"Capacity", "-5"}},
		{Options[int]{Capacity: MaxCapacity + 1}, []string{"Capacity", "16777217", "16777216"}},
		{Options[int]{Capacity: 1, Shards: -1}, []string{"Shards", "-1"}},
		{Options[int]{Capacity: 1, Shards: MaxShards + 1}, []string{"Shards", "4097", "4096"}},
		{Options[int]{Capacity: 1, Magazine: MaxMagazine + 1}, []string{"Magazine", "1025", "1024"}},
	} {
		b, err := New(c.o)
		if c.want == nil {
			if err != nil || b == nil {
				t.Errorf("New(%+v): error %v, want none", c.o, err)
			}
			continue
		}
		if !errors.Is(err, ErrOptions) {
			t.Errorf("New(%+v): error %v, want ErrOptions", c.o, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("New(%+v): error %q does not say %q", c.o, err, w)
			}
		}
	}
}

func TestBoundAndConservation(t *testing.T) {
	for _, capacity := range []int{1, 3, 64, 500, 1000} {
		for _, magazine := range []int{-1, 0, 1, 4} {
			for _, shards := range []int{1, 2, 7} {
				var over []int
				b := must(t, Options[int]{Capacity: capacity, Shards: shards, Magazine: magazine, Policy: Policy[int]{
					Owner:    eager,
					Overflow: func(v int) { over = append(over, v) },
				}})
				n := capacity + 100
				for i := range n {
					b.Put(i)
				}
				if got := b.Len(); got > capacity {
					t.Errorf("%d/%d/%d: Len = %d", capacity, shards, magazine, got)
				}
				if b.Len() != capacity {
					t.Errorf("%d/%d/%d: Len = %d, want all that fits", capacity, shards, magazine, b.Len())
				}
				got := over
				for {
					v, ok := b.TryGet()
					if !ok {
						break
					}
					got = append(got, v)
				}
				got = append(got, b.Clear()...) // those of other Ps, in case the goroutine has moved
				slices.Sort(got)
				if len(got) != n || len(slices.Compact(got)) != n {
					t.Errorf("%d/%d/%d: %d values came back of %d", capacity, shards, magazine, len(got), n)
				}
				if c := b.Counts(); c.Idle != 0 || c.Puts != c.Gets+c.Dropped || c.Peak > capacity {
					t.Errorf("%d/%d/%d: %+v", capacity, shards, magazine, c)
				}
			}
		}
	}
}

// In private memory the last value put is the first to come back.
func TestPrivateIsLIFO(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("nothing is private in the portable build")
	}
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 1024})
	b.Endow()
	const n = 2 * DefaultMagazine // loaded and spare
	for i := range n {
		b.Put(i)
	}
	for want := n - 1; want >= 0; want-- {
		if got := b.Get(); got != want {
			t.Fatalf("Get = %d, want %d", got, want)
		}
	}
}

func TestMiss(t *testing.T) {
	b := must(t, Options[int]{Capacity: 2, Policy: Policy[int]{Miss: func() int { return 42 }}})
	if got := b.Get(); got != 42 {
		t.Errorf("Get of an empty bag = %d, want what Miss makes", got)
	}
	if got, ok := b.TryGet(); ok {
		t.Errorf("TryGet of an empty bag = %d, true", got)
	}
	b = must(t, Options[int]{Capacity: 2})
	if got := b.Get(); got != 0 {
		t.Errorf("Get without Miss = %d, want 0", got)
	}
}

func TestZeroBagPanics(t *testing.T) {
	for name, call := range map[string]func(b *Bag[int]){
		"Get":    func(b *Bag[int]) { b.Get() },
		"TryGet": func(b *Bag[int]) { b.TryGet() },
		"Put":    func(b *Bag[int]) { b.Put(1) },
		"PutN":   func(b *Bag[int]) { b.PutN([]int{1}) },
		"TryPut": func(b *Bag[int]) { b.TryPut(1) },
	} {
		func() {
			defer func() {
				if r := recover(); r != notMade {
					t.Errorf("%s of a zero Bag: recovered %v, want %q", name, r, notMade)
				}
			}()
			call(new(Bag[int]))
		}()
	}
}

func TestStampsAndAccept(t *testing.T) {
	procs(t, 1)
	for _, magazine := range []int{-1, 0} {
		var shown []int64
		b := must(t, Options[int]{Capacity: 64, Shards: 1, Magazine: magazine, Policy: Policy[int]{
			Accept: func(_ int, stamp int64) bool {
				shown = append(shown, stamp)
				return stamp >= 20
			},
		}})
		b.Endow()
		for i := range 4 {
			b.SetStamp(int64(10 * (i + 1)))
			b.Put(i)
		}
		b.SetOldest(35)
		got := map[int]bool{}
		for {
			v, ok := b.TryGet()
			if !ok {
				break
			}
			got[v] = true
		}
		slices.Sort(shown)
		if want := []int64{10, 20, 30}; !slices.Equal(shown, want) {
			t.Errorf("magazine %d: Accept saw stamps %v, want %v", magazine, shown, want)
		}
		if len(got) != 3 || got[0] {
			t.Errorf("magazine %d: got %v, want all but value 0", magazine, got)
		}
	}
}

// A batch asks about old values like a Get: the first old one ends the run.
func TestBatchAsksAccept(t *testing.T) {
	procs(t, 1)
	for _, magazine := range []int{-1, 0} {
		refused := 0
		b := must(t, Options[int]{Capacity: 1024, Shards: 1, Magazine: magazine, Policy: Policy[int]{
			Accept: func(int, int64) bool { refused++; return false },
			Miss:   func() int { return -1 },
		}})
		b.Endow()
		for i := range 10 {
			b.SetStamp(int64(i + 1))
			b.Put(i)
		}
		b.SetOldest(6) // 0 to 4 are too old
		dst := make([]int, 10)
		b.GetN(dst)
		slices.Sort(dst)
		if want := []int{-1, -1, -1, -1, -1, 5, 6, 7, 8, 9}; !slices.Equal(dst, want) || refused != 5 {
			t.Errorf("magazine %d: GetN = %v with %d refused, want %v with 5", magazine, dst, refused, want)
		}
	}
}

func TestStampIsAsked(t *testing.T) {
	procs(t, 1)
	asked, stamped := 0, 0
	b := must(t, Options[int]{Capacity: 64, Policy: Policy[int]{
		Owner: owner{stamp: func() int64 { asked++; return 7 }, stamped: func(int64) { stamped++ }},
	}})
	b.Put(1)
	b.Put(2)
	b.SetStamp(9)
	b.Put(3)
	b.Put(4)
	b.SetStamp(0)
	b.Put(5)
	if asked != 3 || stamped != 5 { // there are no lanes
		t.Errorf("Stamp asked %d times, Stamped told %d times, want 3 and 5", asked, stamped)
	}
	swept := b.Sweep(8, 0)
	slices.Sort(swept)
	if want := []int{1, 2, 5}; !slices.Equal(swept, want) {
		t.Errorf("Sweep(8) = %v, want %v", swept, want)
	}
}

func TestSweepKeeps(t *testing.T) {
	for _, magazine := range []int{-1, 0} {
		for keep := range 12 {
			b := must(t, Options[int]{Capacity: 64, Magazine: magazine})
			for i := range 10 {
				v := i * 7 % 10 // not in the order of their stamps
				b.SetStamp(int64(v + 1))
				b.Put(v)
			}
			swept := b.Sweep(7, keep) // 0..5 are stale
			want := min(6, max(10-keep, 0))
			if len(swept) != want {
				t.Errorf("keep %d: swept %v, want %d", keep, swept, want)
			}
			slices.Sort(swept)
			for i, v := range swept {
				if v != i {
					t.Errorf("keep %d: swept %v, want the oldest", keep, swept)
					break
				}
			}
			if got := b.Len(); got != 10-want {
				t.Errorf("keep %d: Len = %d, want %d", keep, got, 10-want)
			}
		}
	}
}

func TestClose(t *testing.T) {
	var over []int
	b := must(t, Options[int]{Capacity: 64, Policy: Policy[int]{
		Miss:     func() int { return -1 },
		Overflow: func(v int) { over = append(over, v) },
	}})
	b.PutN([]int{1, 2, 3})
	got := b.Close()
	slices.Sort(got)
	if want := []int{1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("Close = %v, want %v", got, want)
	}
	if got := b.Close(); got != nil {
		t.Errorf("second Close = %v, want nothing", got)
	}
	b.Put(4)
	b.PutN([]int{5, 6})
	if want := []int{4, 5, 6}; !slices.Equal(over, want) {
		t.Errorf("Overflow got %v, want %v", over, want)
	}
	if got := b.Get(); got != -1 {
		t.Errorf("Get of a closed bag = %d, want a miss", got)
	}
	if n := b.TryGetN(make([]int, 3)); n != 0 {
		t.Errorf("TryGetN of a closed bag = %d, want 0", n)
	}
	if swept := b.Sweep(maxStamp, 0); swept != nil || b.Len() != 0 {
		t.Errorf("Sweep of a closed bag = %v, Len %d", swept, b.Len())
	}
	if cleared := b.Clear(); cleared != nil {
		t.Errorf("Clear of a closed bag = %v, want nothing", cleared)
	}
	Gather(b)
	b.Endow()
	if b.TryPut(7) {
		t.Error("a closed bag took a value after a Sweep")
	}
	if b.Lanes() != 0 {
		t.Errorf("a closed bag has %d lanes", b.Lanes())
	}
}

// PutN puts every value even if Overflow panics over one in the middle, after
// some of the batch found room.
func TestPutNSurvivesOverflow(t *testing.T) {
	procs(t, 1)
	for _, magazine := range []int{-1, 2, 16, 0} {
		over := 0
		b := must(t, Options[int]{Capacity: 256, Magazine: magazine, Policy: Policy[int]{
			Overflow: func(int) {
				if over++; over == 1 {
					panic("fault")
				}
			},
		}})
		b.PutN(make([]int, 230))
		func() {
			defer func() {
				if r := recover(); r != "fault" {
					t.Errorf("magazine %d: recovered %v, want the panic of Overflow", magazine, r)
				}
			}()
			b.PutN(make([]int, 1000))
		}()
		if got := b.Len() + over; got != 1230 {
			t.Errorf("magazine %d: %d held and %d overflowed, want 1230 together", magazine, b.Len(), over)
		}
	}
}
