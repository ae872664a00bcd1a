package shard

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/plungepool/plunge/internal/pin"
)

// TestSized: no count is lost, hit or miss, whatever Ps there are. A block has one owner at a time, the length asked
// for and the capacity of its class. What a class does not serve goes to SizeOther.
func TestSized(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const n, goroutines, low, size = 20000, 8, 100, 130 // 30 lengths: steps of 4
	b, err := New(Options[*byte]{Capacity: 256, Policy: Policy[*byte]{
		Miss: func() *byte { return unsafe.SliceData(make([]byte, size)) },
	}})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var got, put []int // by other: lengths and capacities
	s := NewSizes(3, SizeOther{
		Get: func(n int) []byte {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, n)
			return make([]byte, n)
		},
		Put: func(b []byte) {
			mu.Lock()
			defer mu.Unlock()
			put = append(put, cap(b))
		},
	})
	c, none := s.Class(1, b, low, size), s.NoClass()
	if c.Size() != size || c.Step() != 4 {
		t.Fatalf("got size %d, step %d, want %d, 4", c.Size(), c.Step(), size)
	}
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := range n {
				want := low + 1 + i%(size-low)
				p := GetSized(c, want)
				if len(p) != want || cap(p) != size {
					t.Errorf("GetSized(%d): got length %d, capacity %d, want capacity %d", want, len(p), cap(p), size)
					return
				}
				if p[0]++; p[0] != 1 {
					t.Errorf("GetSized: got a block that has another owner")
				}
				p[0]--
				PutSized(c, p[:i%2])
			}
		})
	}
	wg.Wait()
	var want [SizeSteps]uint64
	for i := range n {
		length := low + 1 + i%(size-low)
		want[(i%(size-low))/4] += uint64(goroutines * length)
	}
	for i, want := range want {
		if got := c.Sum(i); got != want {
			t.Errorf("Sum(%d): got %d, want %d", i, got, want)
		}
	}
	counts := b.Counts()
	if counts.Puts != goroutines*n || int(counts.Puts-counts.Gets) != counts.Idle {
		t.Errorf("Counts: got Gets %d, Puts %d, Idle %d, want %d puts and the difference", counts.Gets, counts.Puts, counts.Idle, goroutines*n)
	}

	p := GetSized(none, 7)
	PutSized(none, p)
	q := GetSized(c, size)
	PutSized(c, q[1:])
	PutSized(c, make([]byte, size, size+1))
	c.PutsOther()
	PutSized(c, q)
	if want := []int{7}; !slices.Equal(got, want) {
		t.Errorf("SizeOther.Get: got %d, want %d", got, want)
	}
	if want := []int{7, size - 1, size + 1, size}; !slices.Equal(put, want) {
		t.Errorf("SizeOther.Put: got %d, want %d", put, want)
	}
}

// TestSizedKeepsSums: classes do not count in each other's sums, nor lengths in those of
// others, whatever the ranges; and a length of 0 counts nowhere.
func TestSizedKeepsSums(t *testing.T) {
	b, err := New(Options[*byte]{Capacity: 64})
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<12)
	b.Endow()
	s := NewSizes(4, SizeOther{})
	classes := []*SizeClass{s.Class(0, b, 0, 1), s.Class(1, b, 1, 10), s.Class(2, b, 10, 1000), s.Class(3, b, 1000, 4096)}
	want := make([][SizeSteps]uint64, len(classes))
	{
		for k := range classes {
			c := classes[k]
			low := int(c.low)
			for _, n := range []int{low + 1, low + c.Step(), low + c.Step() + 1, c.Size(), 0} {
				if n > c.Size() {
					continue
				}
				b.Put(unsafe.SliceData(block))
				GetSized(c, n)
				if n > 0 {
					want[k][(n-1-low)/c.Step()] += uint64(n)
				}
			}
		}
	}
	for k := range classes {
		for i := range SizeSteps {
			if got := classes[k].Sum(i); got != want[k][i] {
				t.Errorf("class %d: Sum(%d): got %d, want %d", k, i, got, want[k][i])
			}
		}
	}
}

// TestSizedRows: Y1, a P counts in its own row.
func TestSizedRows(t *testing.T) {
	if !pin.Direct || pin.Offset == 0 {
		t.Skip("this build has no rows")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	b, err := New(Options[*byte]{Capacity: 64, Policy: Policy[*byte]{Miss: func() *byte { return new(byte) }}})
	if err != nil {
		t.Fatal(err)
	}
	b.Endow()
	s := NewSizes(1, SizeOther{})
	c := s.Class(0, b, 0, 1)
	var wg sync.WaitGroup
	var done atomic.Bool
	for range 4 {
		wg.Go(func() {
			for !done.Load() {
				PutSized(c, GetSized(c, 1))
				runtime.Gosched()
			}
		})
	}
	deadline := time.Now().Add(10 * time.Second)
	for id := range 2 {
		for rowOfP(s, id) == 0 {
			if time.Now().After(deadline) {
				t.Errorf("P %d has counted nothing in its row", id)
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	done.Store(true)
	wg.Wait()
}

// rowOfP is the first sum of a P, of all rows.
func rowOfP(s *Sizes, id int) (sum uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rows := range s.made {
		if at := rowMargin + id<<s.log/8; at < len(rows) {
			sum += atomic.LoadUint64(&rows[at])
		}
	}
	return sum
}

// TestSizedRowsGrow: Y2, there are no rows before there are lanes, and where there come to be more rows none
// of the sums is lost, in whatever row they are.
func TestSizedRowsGrow(t *testing.T) {
	if !pin.Direct || pin.Offset == 0 {
		t.Skip("this build has no rows")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := must(t, Options[*byte]{Capacity: 256, Policy: Policy[*byte]{Miss: func() *byte { return unsafe.SliceData(make([]byte, 8)) }}})
	s := NewSizes(2, SizeOther{})
	c := s.Class(1, b, 0, 8)
	want, got := uint64(0), uint64(0)
	for _, ps := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(ps)
		if ps > 1 {
			b.Endow()
		}
		for range 20 {
			PutSized(c, GetSized(c, 8))
			want += 8
		}
		if rows := int(s.rows); ps == 1 && rows != 0 || ps > 1 && rows < ps {
			t.Errorf("%d rows with GOMAXPROCS %d", rows, ps)
		}
		if got = c.Sum(SizeSteps - 1); got != want {
			t.Errorf("GOMAXPROCS %d: Sum = %d, want %d", ps, got, want)
		}
	}
	if c.row != s.Class(1, b, 0, 8).row {
		t.Error("a class that is made later counts elsewhere")
	}
}

// TestSizedRefuses: Class panics over a Bag with hooks, and over numbers out of range, each
// of which would be another class's sums or block.
func TestSizedRefuses(t *testing.T) {
	for _, c := range []struct {
		policy       Policy[*byte]
		k, low, size int
		panics       bool
	}{
		{Policy[*byte]{}, 1, 0, 8, false},
		{Policy[*byte]{Prepare: func(*byte) {}}, 1, 0, 8, true},
		{Policy[*byte]{}, -1, 0, 8, true},
		{Policy[*byte]{}, 2, 0, 8, true},
		{Policy[*byte]{}, 1, -1, 8, true},
		{Policy[*byte]{}, 1, 8, 8, true},
		{Policy[*byte]{}, 1, 0, MaxSize + 1, true},
	} {
		b, err := New(Options[*byte]{Capacity: 64, Policy: c.policy})
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() {
				if got := recover() != nil; got != c.panics {
					t.Errorf("Class(%d, bag, %d, %d), hooks %v: got panic %v, want %v", c.k, c.low, c.size, c.policy.Prepare != nil, got, c.panics)
				}
			}()
			NewSizes(2, SizeOther{}).Class(c.k, b, c.low, c.size)
		}()
	}
}

// TestSizedShowsTheOld: a block put before the stamp of SetOldest is shown to Accept.
func TestSizedShowsTheOld(t *testing.T) {
	shown := 0
	b, err := New(Options[*byte]{Capacity: 64, Policy: Policy[*byte]{
		Miss:   func() *byte { return new(byte) },
		Accept: func(*byte, int64) bool { shown++; return true },
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b.Endow()
	c := NewSizes(1, SizeOther{}).Class(0, b, 0, 1)
	b.SetStamp(5)
	PutSized(c, GetSized(c, 1))
	for _, x := range []struct {
		oldest int64
		want   int
	}{{5, 0}, {6, 1}} {
		b.SetOldest(x.oldest)
		shown = 0
		PutSized(c, GetSized(c, 1))
		if shown != x.want {
			t.Errorf("SetOldest(%d): got Accept called %d times, want %d", x.oldest, shown, x.want)
		}
	}
}
