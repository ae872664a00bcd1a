package shard

import (
	"math"
	"runtime"
	"testing"
	"time"
)

// bagSetup is what a run of FuzzBag has from the start.
type bagSetup struct {
	capacity, shards, magazine, procs int
	accept, vet, admit, asked         bool // what the policy has
}

// bagRun is a Bag with a plain model of what it must hold. Values are numbers, each
// put once, which wrap and unwrap turn into a T and back.
type bagRun[T any] struct {
	t *testing.T
	bagSetup
	b      *Bag[T]
	wrap   func(int) T
	unwrap func(T) int
	says   tape

	held   map[int]int64 // by number, the stamp
	stamp  int64         // SetStamp's
	clock  int64         // what Policy.Stamp says
	oldest int64         // SetOldest's
	keep   int           // of the next Sweep
	want   Counts
	nextID int
	closed bool
	most   int // the highest capacity so far

	every     int // Watch's
	got, back int // how many of the operation's values the watch was told of

	out map[int]int // how often the policy got each of the operation's values
}

const missed = -1

func fuzzBag[T any](t *testing.T, o bagSetup, ops, says []byte, wrap func(int) T, unwrap func(T) int) {
	procs(t, o.procs)
	r := &bagRun[T]{t: t, bagSetup: o, wrap: wrap, unwrap: unwrap, says: says, held: map[int]int64{}, stamp: 1, nextID: 1, most: o.capacity}
	p := Policy[T]{
		Miss:     func() T { return wrap(missed) },
		Overflow: func(v T) { r.out[unwrap(v)]++ },
		Refused:  func(v T) { r.out[unwrap(v)]++ },
		Vet:      o.vet,
		Owner:    owner{oldest: func() int64 { return max(r.oldest, 0) }},
	}
	if o.accept {
		p.Accept = r.accepts
	}
	if o.admit {
		p.Admit = func(T) bool { return r.says.next()%8 != 7 }
	}
	if o.asked {
		p.Owner = owner{stamp: func() int64 { return r.clock }, stamped: func(int64) {}, oldest: func() int64 { return r.oldest }}
		r.stamp = 0
	}
	r.b = must(t, Options[T]{Capacity: o.capacity, Shards: o.shards, Magazine: o.magazine, Policy: p})
	todo := tape(ops)
	for i := 0; len(todo) > 0 && i < 400; i++ {
		op, arg := opNames[todo.next()%len(opNames)], todo.next()
		r.out, r.got, r.back = map[int]int{}, 0, 0
		r.do(op, arg)
		r.check()
		if t.Failed() {
			t.Fatalf("%+v: operation %d, %s %d", o, i, op, arg)
		}
	}
	if !r.closed {
		r.do("close", 0)
	}
	r.check()
}

func (r *bagRun[T]) do(op string, arg int) {
	switch op {
	case "put":
		r.b.Put(r.fresh(1)[0])
		r.told(0, 1)
		r.entered(1)
	case "putn":
		r.b.PutN(r.fresh(arg))
		r.told(0, arg)
		r.entered(arg)
	case "tryput":
		v := r.fresh(1)[0]
		if !r.b.TryPut(v) {
			r.out[r.unwrap(v)]++
		}
		r.entered(1)
	case "get":
		v := r.b.Get()
		r.told(1, 0)
		r.took(v)
	case "getn":
		dst := make([]T, arg)
		r.b.GetN(dst)
		r.told(len(dst), 0)
		r.took(dst...)
	case "tryget":
		v, ok := r.b.TryGet()
		if ok {
			r.told(1, 0)
		} else {
			r.told(0, 0)
			v = r.wrap(missed)
			r.want.Misses-- // took counts it, TryGet does not
		}
		r.took(v)
	case "trygetn":
		dst := make([]T, arg)
		dst = dst[:r.b.TryGetN(dst)]
		for _, v := range dst {
			if s := r.held[r.unwrap(v)]; r.accept && (r.vet || s < r.oldest) {
				r.t.Errorf("TryGetN took a value with stamp %d that is for Accept", s)
			}
		}
		r.took(dst...)
	case "stamp":
		r.stamp = int64(arg)
		r.b.SetStamp(r.stamp)
	case "clock":
		r.clock += int64(arg)
	case "oldest":
		r.oldest = int64(arg)
		r.b.SetOldest(r.oldest)
	case "keep":
		r.keep = (arg - 3) * (arg % 5)
	case "sweep":
		r.sweep(int64(arg), r.keep)
	case "clear":
		r.removed(r.b.Clear()...)
		if len(r.held) != 0 {
			r.t.Errorf("Clear left %d values", len(r.held))
		}
	case "shed":
		shed := r.b.Shed(arg, 0)
		if held := len(r.held); len(shed) > arg || len(shed) < min(arg, held) && r.b.Lanes() == 0 {
			r.t.Errorf("Shed(%d) of %d took %d values", arg, held, len(shed))
		}
		r.removed(shed...)
	case "resize":
		if r.closed {
			break
		}
		r.capacity = arg * 5
		r.most = max(r.most, r.capacity)
		gone := r.b.Resize(r.capacity)
		if want := max(len(r.held)-r.capacity, 0); len(gone) != want {
			r.t.Errorf("Resize(%d) of %d took %d values, want %d", r.capacity, len(r.held), len(gone), want)
		}
		r.removed(gone...)
	case "gather":
		Gather(r.b)
	case "compact":
		Gather(r.b.Compaction())
	case "endow":
		r.b.Endow()
	case "tick":
		r.b.Tick(r.stamp, int64(arg)<<arg)
	case "low":
		before := 0
		for _, sh := range r.b.current().all() {
			before += int(sh.low.Load())
		}
		before = int(min(int64(before), r.b.low))
		if got := r.b.Low(); got != before || got > len(r.held) {
			r.t.Errorf("Low() = %d of %d, the shards say %d", got, len(r.held), before)
		}
	case "watch":
		r.every = arg % 4
		r.b.Watch(r.every, func(T) { r.got++ }, func(T) { r.back++ })
	case "procs":
		runtime.GOMAXPROCS(arg%4 + 1)
	case "close":
		rest := r.b.Close()
		r.removed(rest...)
		r.closed = true
		if len(r.held) != 0 {
			r.t.Errorf("Close returned %d values, %d more were held", len(rest), len(r.held))
		}
	}
}

// told checks what the watch was told of an operation that took and put as many values.
func (r *bagRun[T]) told(took, put int) {
	switch {
	case r.every == 0 && r.got+r.back > 0,
		r.every == 1 && r.got != took,
		r.every > 1 && r.got > took,
		r.every > 0 && r.back != put && !(r.admit && r.back < put):
		r.t.Errorf("the watch of 1 in %d was told of %d and %d values of %d taken and %d put", r.every, r.got, r.back, took, put)
	}
}

// fresh makes values that were never put.
func (r *bagRun[T]) fresh(n int) []T {
	vs := make([]T, n)
	for i := range vs {
		vs[i] = r.wrap(r.nextID)
		r.nextID++
	}
	return vs
}

// entered accounts for the last n values made, which were put.
func (r *bagRun[T]) entered(n int) {
	stamp := r.stamp
	if stamp == 0 && r.asked {
		stamp = r.clock
	}
	for id := r.nextID - n; id < r.nextID; id++ {
		if r.out[id] == 0 {
			r.held[id] = stamp
			r.want.Puts++
		} else if r.out[id] > 1 {
			r.t.Errorf("value %d was handed to the policy %d times", id, r.out[id])
		} else if free := r.capacity - len(r.held); !r.admit && !r.closed && free > 0 {
			r.t.Errorf("value %d overflowed, though there was room for %d of %d", id, free, r.capacity)
		}
	}
}

// accepts is Policy.Accept. What it refuses is out of the bag.
func (r *bagRun[T]) accepts(v T, stamp int64) bool {
	id := r.unwrap(v)
	if s, ok := r.held[id]; !ok || s != stamp || !r.vet && stamp >= r.oldest {
		r.t.Errorf("Accept of value %d with stamp %d: held %v with %d, oldest %d", id, stamp, ok, s, r.oldest)
	}
	if r.says.next()%8 != 7 {
		return true
	}
	delete(r.held, id)
	r.want.Gets++
	return false
}

// took accounts for values that were taken out, or missed.
func (r *bagRun[T]) took(vs ...T) {
	misses := 0
	for _, v := range vs {
		id := r.unwrap(v)
		if id == missed {
			misses++
			r.want.Misses++
			continue
		}
		if _, ok := r.held[id]; !ok {
			r.t.Errorf("got value %d, which is not held", id)
		}
		delete(r.held, id)
		r.want.Gets++
	}
	// A Get may leave one value that others have to themselves: E4.
	if misses > 0 && len(r.held) > 1 {
		r.t.Errorf("missed with %d of %d held", len(r.held), r.capacity)
	}
}

// removed accounts for values that a Sweep or Close has taken out.
func (r *bagRun[T]) removed(vs ...T) {
	r.took(vs...)
	r.want.Gets -= uint64(len(vs))
	r.want.Dropped += uint64(len(vs))
}

func (r *bagRun[T]) sweep(before int64, keep int) {
	stale := 0
	for _, s := range r.held {
		if s < before {
			stale++
		}
	}
	want := min(stale, max(len(r.held)-max(keep, 0), 0))
	Gather(r.b)
	swept := r.b.Sweep(before, keep)
	if r.closed {
		want = 0
	}
	if len(swept) != want {
		r.t.Errorf("Sweep(%d, %d) = %d values, want %d", before, keep, len(swept), want)
	}
	youngest := int64(math.MinInt64)
	for _, v := range swept {
		youngest = max(youngest, r.held[r.unwrap(v)])
	}
	r.removed(swept...)
	for _, s := range r.held {
		if s < before && s < youngest {
			r.t.Errorf("Sweep(%d, %d) left a value with stamp %d and took one with %d", before, keep, s, youngest)
		}
	}
	if youngest >= before {
		r.t.Errorf("Sweep(%d, %d) took stamp %d", before, keep, youngest)
	}
}

// check waits for lanes for more Ps, if they are on their way, and compares the
// counters with the model.
func (r *bagRun[T]) check() {
	for deadline := time.Now().Add(20 * time.Second); r.b.growing.Load(); runtime.Gosched() {
		if time.Now().After(deadline) {
			r.t.Fatal("lanes for more Ps were not ready after 20 s")
		}
	}
	r.b.checkLayout(r.capacity, r.t.Errorf)

	got := r.b.Counts()
	r.want.Idle = len(r.held)
	if got.Idle > r.capacity || got.Peak > r.most || got.Peak < max(r.want.Peak, got.Idle) {
		r.t.Errorf("Idle %d, Peak %d and %d before, Capacity %d", got.Idle, got.Peak, r.want.Peak, r.capacity)
	}
	if got.Stolen < r.want.Stolen || got.Stolen > got.Gets+got.Puts {
		r.t.Errorf("Stolen %d, before %d, with %d gets", got.Stolen, r.want.Stolen, got.Gets)
	}
	r.want.Peak, r.want.Stolen, r.want.Shards = got.Peak, got.Stolen, got.Shards
	if got != r.want {
		r.t.Errorf("Counts() = %+v, want %+v", got, r.want)
	}
}
