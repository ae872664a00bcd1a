//go:build plunge_explore

package ring

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plungepool/plunge/internal/check/explore"
)

// maxOps bounds the operations of a program, and the values in its queue.
const maxOps = 8

// fifo is the model of a queue.
type fifo struct {
	n  uint8
	vs [maxOps]uint8
}

func (q *fifo) push(v uint8) {
	q.vs[q.n] = v
	q.n++
}

func (q *fifo) pop() {
	copy(q.vs[:], q.vs[1:q.n])
	q.n--
	q.vs[q.n] = 0
}

// op is one operation of a program and what became of it. call and ret are steps of the schedule.
type op struct {
	call, ret int
	kind      byte
	ok, ended bool
	v         uint8 // pushed or popped; what Len returned
}

func (o op) String() string {
	return fmt.Sprintf("[%d,%d] %c %d ok=%v ended=%v", o.call, o.ret, o.kind, o.v, o.ok, o.ended)
}

// history is what one program does under one schedule after the other.
type history struct {
	kind   kind
	p      program
	frozen bool

	q       queue
	r       *Handles // q, if it is one
	start   uint64   // the position at which its first value is
	hints   [2]uint64
	broken  error // H3, H4
	before  fifo  // what was in the queue
	ops     []op
	after   fifo // what is left
	len     int  // what Len says is left
	threads []func()
	judged  map[outcome]bool // so that each outcome is judged once
}

// outcome is all that the check depends on. Of the times it has the order only.
type outcome struct {
	results [maxOps]struct {
		v         uint8
		ok, ended bool
	}
	precedes [maxOps]uint8 // bit j of i: i had returned when j was called
	after    fifo
	len      int
}

func newHistory(k kind, p program) *history {
	h := &history{kind: k, p: p, judged: map[outcome]bool{}}
	for v := range p.filled {
		h.before.push(uint8(v) + 1)
	}
	for part := range strings.FieldsSeq(p.ops) {
		first := len(h.ops)
		for i := range part {
			h.ops = append(h.ops, op{kind: part[i]})
		}
		next := len(h.ops)
		h.threads = append(h.threads, func() {
			last := 0
			for i := first; i < next; i++ {
				h.ops[i].call = last // in case it is frozen
				h.do(i)
				last = h.ops[i].ret
			}
		})
	}
	return h
}

// value is what the i-th operation pushes.
func (h *history) value(i int) uint8 { return uint8(h.p.filled + i + 1) }

func (h *history) do(i int) {
	o := &h.ops[i]
	call, ret := 0, 0
	switch o.kind {
	case 'u':
		o.v = h.value(i)
		call, ret = explore.Op(func() { o.ok = h.q.TryPush(uint32(o.v)) })
	case 'o':
		call, ret = explore.Op(func() {
			v, ok := h.q.TryPop()
			o.v, o.ok = uint8(v), ok
		})
	case 'l':
		call, ret = explore.Op(func() { o.v, o.ok = uint8(h.q.Len()), true })
	}
	o.call, o.ret, o.ended = call, ret, true
	if h.r != nil {
		explore.Watch(h.watch)
	}
}

// run explores the program.
func (h *history) run(t *testing.T, c explore.Config) explore.Result {
	t.Helper()
	h.frozen = c.Freeze
	res, err := explore.Run(c, func() explore.Program {
		h.q = h.kind.new(h.p.cap, h.p.lap+h.p.lag)
		for v := range h.p.filled {
			h.q.TryPush(uint32(v) + 1)
		}
		if r, ok := h.q.(*Handles); ok {
			h.r, h.broken, h.start = r, nil, r.head.Load()
			h.hints = [2]uint64{h.start - h.p.lag, r.tail.Load() - h.p.lag}
			r.head.Store(h.hints[0])
			r.tail.Store(h.hints[1])
		}
		for i, o := range h.ops {
			h.ops[i] = op{kind: o.kind}
		}
		return explore.Program{Threads: h.threads, Check: h.check}
	})
	if err != nil {
		t.Errorf("%s: %+v: %v", h.kind.name, h.p, err)
	}
	return res
}

// check looks at the outcome of one schedule.
func (h *history) check() error {
	if h.r != nil {
		if err := h.checkHints(); err != nil {
			return fmt.Errorf("%w\n%v", err, h.ops)
		}
	}
	h.len = h.q.Len()
	h.after = fifo{}
	for {
		v, ok := h.q.TryPop()
		if !ok {
			break
		}
		if h.after.n == maxOps {
			return fmt.Errorf("the queue holds more than was put\n%v", h.ops)
		}
		h.after.push(uint8(v))
	}
	key := outcome{after: h.after, len: h.len}
	for i := range h.ops {
		o := &h.ops[i]
		key.results[i].v, key.results[i].ok, key.results[i].ended = o.v, o.ok, o.ended
		for j := range h.ops {
			if o.ended && o.ret < h.ops[j].call {
				key.precedes[i] |= 1 << j
			}
		}
	}
	if h.judged[key] {
		return nil
	}
	if err := h.judge(); err != nil {
		return err
	}
	h.judged[key] = true
	return nil
}

// judge tells whether an outcome is one of a FIFO.
func (h *history) judge() error {
	exact := h.kind.exact || !h.frozen // an operation half done for ever may hide what a Ring holds
	if exact && h.len != int(h.after.n) {
		return fmt.Errorf("Len() = %d in the end, and %d values\n%v", h.len, h.after.n, h.ops)
	}
	done, must := uint(0), uint(0)
	for i := range h.ops {
		switch {
		case !h.ops[i].ended:
		case !h.kind.exact && !h.ops[i].ok && h.excused(i):
			done |= 1 << i
		default:
			must |= 1 << i
		}
	}
	if !h.explains(done, must, h.before, exact) {
		return fmt.Errorf("no FIFO does this: before %v, after %v\n%v", h.before, h.after, h.ops)
	}
	return nil
}

// excused reports whether a Ring's answer full [empty] is one that may be wrong: a pop
// [push] that claimed its position was half done meanwhile.
func (h *history) excused(i int) bool {
	e := &h.ops[i]
	for j := range h.ops {
		o := &h.ops[j]
		other := o.kind == 'u' && e.kind == 'o' || o.kind == 'o' && e.kind == 'u'
		if other && (!o.ended || o.ok && o.call <= e.ret && e.call <= o.ret) {
			return true
		}
	}
	return false
}

// explains searches for an order of the operations not done yet that takes the FIFO from q to what was left (Wing and
// Gong). Each takes effect between its call and its return. The operations in must have to take effect; the others,
// which a frozen thread did not end, may.
func (h *history) explains(done, must uint, q fifo, exact bool) bool {
	if must&^done == 0 && (q == h.after || !exact && h.starts(q)) {
		return true
	}
	first := 1 << 62 // the earliest return of those to come
	for i := range h.ops {
		if must&^done>>i&1 != 0 {
			first = min(first, h.ops[i].ret)
		}
	}
	capacity := uint8(h.q.Cap())
	for i := range h.ops {
		o := &h.ops[i]
		if done>>i&1 != 0 || o.call > first {
			continue
		}
		next := q
		switch ok := o.ok || !o.ended; {
		case o.kind == 'l':
			if o.ended && o.v != q.n {
				continue
			}
		case o.kind == 'u':
			if ok != (q.n < capacity) {
				continue
			}
			if ok {
				next.push(h.value(i))
			}
		default:
			if ok != (q.n > 0) || ok && o.ended && o.v != q.vs[0] {
				continue
			}
			if ok {
				next.pop()
			}
		}
		if h.explains(done|1<<i, must, next, exact) {
			return true
		}
	}
	return false
}

// starts reports whether what was left is the beginning of q, or nothing: the rest is hidden.
func (h *history) starts(q fifo) bool {
	return h.after.n <= q.n && h.after.vs == [maxOps]uint8(append(append([]uint8{}, q.vs[:h.after.n]...), make([]uint8, maxOps-h.after.n)...))
}
