//go:build plunge_explore

package shard

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/plungepool/plunge/internal/check/explore"
)

// bag says what kind of Bag a program runs on.
type bag struct {
	capacity int
	layout         // of the store, also of those that replace it
	limits   []int // of the lanes of Ps 0, 1, …; none: there are no lanes
}

// program has the operations of each thread on a bag, with a space between threads:
//
//	p P n    Put, TryPut, PutN of two values
//	g t m N  Get, TryGet, GetN of two, TryGetN of two
//	s r      Clear, Resize to one value less
//	o k d    Sweep of what was in at the start, Sweep that keeps two values, Shed of one
//	a x e    Gather, Compaction, makeLanes
//	i c l    Tick, after which each P looks at its lane, Close, Len
type program struct {
	bag
	ops  string
	fill string // before: a Put on P 0, 1 or 2, or a TryGet on P a, b or c
}

// keeps is how many values the Sweep k keeps.
const keeps = 2

// op is one operation and what became of it. call and ret are steps of the schedule.
type op struct {
	call, ret int
	kind      byte
	first     uint8    // value that it puts
	puts      values64 // all of them
	failed    values64 // those that overflowed or were refused
	out       values64 // values that it took out
	n         int      // what Len returned
}

func (o op) String() string {
	return fmt.Sprintf("[%d,%d] %c puts %v failed %v out %v n %d\n", o.call, o.ret, o.kind, o.puts, o.failed, o.out, o.n)
}

func (o *op) precedes(other *op) bool   { return o.ret < other.call }
func (o *op) is(kinds string) bool      { return strings.IndexByte(kinds, o.kind) >= 0 }
func (p program) has(kinds string) bool { return strings.ContainsAny(p.ops, kinds) }

// history is what one program does under one schedule after the other.
type history struct {
	p       program
	b       *Bag[uint8]
	ops     []op
	putter  [64]int  // by value: the operation that puts it; -1: the setup
	filled  values64 // put by the setup
	gone    values64 // of these, those that it took out again
	spilt   values64 // and those that overflowed
	left    values64 // the others: in at the start
	all     values64
	seen    values64 // that have come out, each once
	err     error
	threads []func()
}

func newHistory(p program) *history {
	h := &history{p: p}
	next := uint8(1)
	for range strings.Count(p.fill, "0") + strings.Count(p.fill, "1") + strings.Count(p.fill, "2") {
		h.putter[next] = -1
		next++
	}
	h.filled = from(1, int(next)-1)
	for part := range strings.FieldsSeq(p.ops) {
		first := len(h.ops)
		for i := range part {
			o := op{kind: part[i]}
			n := 0
			if o.is("pP") {
				n = 1
			} else if o.is("n") {
				n = 2
			}
			o.first, o.puts = next, from(next, n)
			for range n {
				h.putter[next] = len(h.ops)
				next++
			}
			h.ops = append(h.ops, o)
		}
		end := len(h.ops)
		h.threads = append(h.threads, func() {
			for i := first; i < end; i++ {
				o := &h.ops[i]
				o.call, o.ret = explore.Op(func() { h.do(o) })
			}
		})
	}
	h.all = from(1, int(next)-1)
	return h
}

func (h *history) do(o *op) {
	switch o.kind {
	case 'p':
		h.b.Put(o.first)
	case 'P':
		if !h.b.TryPut(o.first) {
			h.overflow(o.first)
		}
	case 'n':
		h.b.PutN([]uint8{o.first, o.first + 1})
	case 'g':
		h.took(&o.out, h.b.Get())
	case 't':
		if v, ok := h.b.TryGet(); ok {
			h.took(&o.out, v)
		}
	case 'm':
		var vs [2]uint8
		h.b.GetN(vs[:])
		h.took(&o.out, vs[:]...)
	case 'N':
		var vs [2]uint8
		h.took(&o.out, vs[:h.b.TryGetN(vs[:])]...)
	case 's':
		h.took(&o.out, h.b.Clear()...)
	case 'r':
		h.took(&o.out, h.b.Resize(h.p.capacity-1)...)
	case 'o':
		h.took(&o.out, h.b.Sweep(2, 0)...)
	case 'k':
		h.took(&o.out, h.b.Sweep(maxStamp, keeps)...)
	case 'd':
		h.took(&o.out, h.b.Shed(1, 0)...)
	case 'a':
		Gather(h.b)
	case 'x':
		Gather(h.b.Compaction())
	case 'e':
		h.b.makeLanes()
	case 'i':
		h.b.Tick(3, 1<<40)
	case 'c':
		h.took(&o.out, h.b.Close()...)
	case 'l':
		o.n = h.b.Len()
	}
}

// took notes values that came out, except 0, which a Get that finds none returns.
func (h *history) took(into *values64, vs ...uint8) {
	for _, v := range vs {
		switch {
		case v == 0:
		case !h.all.has(v):
			h.fail("value %d was never put", v)
		case h.seen.has(v):
			h.fail("value %d came out twice", v)
		default:
			h.seen |= one(v)
			*into |= one(v)
		}
	}
}

// overflow is Policy.Overflow, and what becomes of a value that TryPut refuses.
func (h *history) overflow(v uint8) {
	if explore.Pinned() {
		h.fail("Overflow is called inside a pinned section")
	}
	var set values64
	h.took(&set, v)
	switch i := h.putter[v]; {
	case i < 0:
		h.spilt |= set
	default:
		h.ops[i].failed |= set
	}
}

func (h *history) fail(format string, args ...any) {
	if h.err == nil {
		h.err = fmt.Errorf(format, args...)
	}
}

// setup makes a bag and fills it.
func (h *history) setup() explore.Program {
	h.seen, h.gone, h.spilt, h.err = 0, 0, 0, nil
	for i, o := range h.ops {
		h.ops[i] = op{kind: o.kind, first: o.first, puts: o.puts}
	}
	magazine := 0
	if !h.p.lanes {
		magazine = -1
	}
	b, err := New(Options[uint8]{
		Capacity: h.p.capacity, Magazine: magazine,
		Policy: Policy[uint8]{Overflow: h.overflow, Owner: eager},
	})
	if err != nil {
		panic(err)
	}
	b.layout = &h.p.layout
	b.lanes = unsafe.Pointer(newLanes(b.fresh(), 0, 0))
	b.SetStamp(1)
	b.growing.Store(true) // a goroutine of its own would not be explored
	h.b = b
	h.endow()
	v := uint8(0)
	for _, c := range h.p.fill {
		if c >= 'a' {
			explore.On(int(c - 'a'))
			got, _ := b.TryGet()
			h.took(&h.gone, got)
			continue
		}
		explore.On(int(c - '0'))
		v++
		b.Put(v)
	}
	h.left = h.filled &^ h.seen
	b.SetStamp(2)
	p := explore.Program{
		Threads:  h.threads,
		Check:    h.check,
		Constant: []unsafe.Pointer{unsafe.Pointer(&b.stamp), unsafe.Pointer(&b.oldest)},
	}
	if !h.p.has("srcaxe") && len(h.p.limits) == 0 {
		p.Constant = append(p.Constant, unsafe.Pointer(&b.lanes))
	}
	return p
}

// endow makes lanes with the limits.
func (h *history) endow() {
	if len(h.p.limits) == 0 {
		return
	}
	b := h.b
	head := newLanes(b.current(), len(h.p.limits), 0)
	for id, limit := range h.p.limits {
		l, s := head.at(uint(id)), b.current()
		if limit == 0 {
			continue
		}
		if !s.reserve() {
			panic("a lane that may not have a magazine")
		}
		for l.loaded.p == nil {
			if l.loaded.p = s.popRoom(id, nil, true); l.loaded.p == nil && !s.extend(b.Cap()) {
				panic("no magazine for a lane")
			}
		}
		l.setLimit(limit)
	}
	b.lanes = unsafe.Pointer(head)
}

// check looks at the outcome of one schedule.
func (h *history) check() error {
	explore.On(0)
	h.b.checkLayout(h.p.capacity, h.fail)
	idle, counts := h.b.Len(), h.b.Counts()
	var held values64
	h.took(&held, h.b.Close()...)
	h.account(idle, counts, held)
	for i := range h.ops {
		switch o := &h.ops[i]; {
		case o.kind == 'l':
			if o.n < 0 || o.n > h.p.capacity {
				h.fail("Len() = %d, capacity %d", o.n, h.p.capacity)
			}
		case o.is("sr"):
			h.checkCleared(o, held)
		case o.is("okd"):
			h.checkSweep(o)
		case o.kind == 'c':
			h.checkClosed(o, held)
		case h.p.size == 1 && !h.p.has("srokdcl"):
			h.checkExact(o)
		}
	}
	if h.err != nil {
		return fmt.Errorf("%w\nleft at the start %v, held in the end %v, counts %+v\n%v", h.err, h.left, held, counts, h.ops)
	}
	return nil
}

func (h *history) run(t *testing.T, c explore.Config) explore.Result {
	t.Helper()
	res, err := explore.Run(c, h.setup)
	if err != nil {
		t.Errorf("%+v: %v", h.p, err)
	}
	return res
}
