package pool_test

import (
	"errors"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/pool"
)

// run runs the operations that ops encodes. Each runs on a goroutine of its own, because a hook may exit it.
func (r *poolRun) run(ops []byte) {
	todo := tape(ops)
	for i := 0; len(todo) > 0 && i < 200; i++ {
		op, arg := opNames[todo.next()%len(opNames)], todo.next()
		r.perform(op, arg)
		if r.t.Failed() {
			r.t.Fatalf("%+v: operation %d, %s %d", r.o, i, op, arg)
		}
	}
	r.says = nil
	r.perform("releasen", 255)
	r.perform("close", 0)
	if n := len(r.held); len(r.things) != n {
		r.t.Errorf("%d objects are left after Close, want the %d held", len(r.things), n)
	}
}

// perform makes one operation and compares the pool with the model.
func (r *poolRun) perform(op string, arg int) {
	r.frames = nil
	f := &frame{name: op}
	how, value := outcome(func() { r.doIn(f, arg) })
	if _, ours := value.(string); how == "panicked" && !ours {
		r.t.Errorf("%s panicked with %v", op, value)
	}
	r.settle()
	if (how != "returned") != f.failed && op != "do" && op != "advance" {
		r.t.Errorf("%s %s, a hook failed: %v", op, how, f.failed)
	}
	r.checkReach(f, how == "returned")
	r.checkStats()
}

// do makes an operation inside another.
func (r *poolRun) do(op string, arg int) { r.doIn(&frame{name: op}, arg) }

// doIn makes an operation. The model is right even if the operation does not return.
func (r *poolRun) doIn(f *frame, arg int) {
	r.frames = append(r.frames, f)
	depth := len(r.frames)
	defer func() { r.frames = r.frames[:depth-1] }()
	switch f.name {
	case "acquire":
		r.take(r.p.Acquire())
	case "tryacquire":
		if x, ok := r.p.TryAcquire(); ok {
			r.take(x)
		} else if f.made > 0 && !f.nested {
			r.t.Errorf("TryAcquire made %d objects", f.made)
		}
	case "acquiren":
		dst := make([]*thing, arg)
		defer func() {
			for _, x := range dst {
				if f.failed && x != nil {
					r.t.Errorf("AcquireN has failed and left object %d in dst", x.id)
				}
			}
			r.putBack(f)
		}()
		r.p.AcquireN(dst)
		r.take(dst...)
	case "release":
		if xs := r.give(1, entering); len(xs) > 0 {
			defer r.entered(xs)
			r.p.Release(xs[0])
		}
	case "releasen":
		xs := r.give(arg, entering)
		defer r.entered(xs)
		r.p.ReleaseN(xs)
	case "borrow":
		l := r.p.Borrow()
		r.take(l.Value())
		r.end(&l, arg)
	case "lend":
		if n := len(r.held); n > 0 {
			l := r.p.Lend(r.held[n-1])
			r.end(&l, arg)
		}
	case "do":
		r.doFunction(arg)
	case "clear":
		was := r.idle()
		if n := r.p.Clear(); !f.nested && len(r.frames) == 1 && n != was {
			r.t.Errorf("Clear() = %d with %d idle", n, was)
		}
	case "prune":
		f.age = time.Duration(arg%8) * r.limit / 8
		was := r.idle()
		n := r.p.Prune(f.age)
		if !f.nested && len(r.frames) == 1 && n != was-r.idle() {
			r.t.Errorf("Prune(%v) = %d, and dropped %d", f.age, n, was-r.idle())
		}
		r.checkAges(f, f.age)
	case "warm":
		n := r.p.Warm()
		if n > r.o.MinIdle || !f.nested && n != f.made {
			r.t.Errorf("Warm() = %d, made %d, MinIdle %d", n, f.made, r.o.MinIdle)
		}
	case "stats":
		s := r.p.Stats()
		if n := r.p.Len(); n > r.idle() || s.Idle != n || r.p.Cap() != r.o.MaxIdle {
			r.t.Errorf("Len %d with %d idle, Stats %+v", n, r.idle(), plain(s))
		}
	case "advance":
		if len(r.frames) > 1 {
			return // a hook does not wait
		}
		r.turns.Add(1)
		time.Sleep(min(time.Duration(arg+1)*max(r.limit/16, 50*time.Millisecond), 300*time.Second))
		synctest.Wait()
		if r.longest > 0 {
			r.checkAges(f, r.longest)
		}
	case "close":
		r.closed = true
		if err := r.p.Close(); err != nil {
			r.t.Errorf("Close: %v", err)
		}
	}
}

var errFuzz = errors.New("fuzz")

// doFunction is Do, with a function that returns an error, panics or makes an
// operation.
func (r *poolRun) doFunction(arg int) {
	var want error
	if arg%4 == 3 {
		want = errFuzz
	}
	var used []*thing
	defer func() { r.entered(used) }()
	err := r.p.Do(func(x *thing) error {
		r.take(x)
		used = []*thing{x}
		r.remove(x) // the function has it: no other operation may give it back
		defer func() {
			x.at, x.why = entering, ""
			r.back++
		}()
		switch arg % 4 {
		case 1:
			panic("fuzz: Do's function")
		case 2:
			r.top().nested = true
			if len(r.frames) < 4 {
				r.do("acquire", 0)
			}
		}
		return want
	})
	if err != want {
		r.t.Errorf("Do: got %v, want %v", err, want)
	}
}

// end ends a lease over an object that the user holds.
func (r *poolRun) end(l *pool.Lease[*thing], arg int) {
	x := l.Value()
	r.remove(x)
	defer l.Discard() // does nothing any more
	if arg%2 == 1 {
		x.at = discarded
		l.Discard()
		return
	}
	x.at = entering
	r.back++
	defer r.entered([]*thing{x})
	l.Release()
}

// take accounts for objects that the pool has handed out.
func (r *poolRun) take(xs ...*thing) {
	for _, x := range xs {
		if x.at != idle && x.at != fresh && x.at != entering {
			r.t.Errorf("%s returned object %d, which is %s", r.top().name, x.id, x.at)
		}
		if x.at == idle && r.longest > 0 && r.now()-x.last > r.limit && r.count(idle) > r.o.MinIdle {
			r.t.Errorf("%s returned object %d after %v", r.top().name, x.id, r.now()-x.last)
		}
		x.at = held
		r.held = append(r.held, x)
		r.handed++
	}
}

// give takes up to n objects out of the user's hands.
func (r *poolRun) give(n int, at place) []*thing {
	n = min(n, len(r.held))
	xs := append([]*thing(nil), r.held[len(r.held)-n:]...)
	r.held = r.held[:len(r.held)-n]
	for _, x := range xs {
		x.at = at
		r.back++
	}
	return xs
}

// entered ends a Release: its objects are idle now, unless something else has happened to them.
func (r *poolRun) entered(xs []*thing) {
	for _, x := range xs {
		if x.at == entering {
			x.at, x.since, x.last = idle, r.now(), r.now()
		}
	}
}

// putBack ends an AcquireN. If it has failed, any idle object may have been acquired and put back.
func (r *poolRun) putBack(f *frame) {
	for _, x := range r.things {
		if f.failed && (x.at == idle || x.at == fresh) {
			x.last = r.now()
		}
	}
}

func (r *poolRun) remove(x *thing) {
	for i, h := range r.held {
		if h == x {
			r.held = append(r.held[:i], r.held[i+1:]...)
			return
		}
	}
	r.t.Errorf("object %d is not held", x.id)
}

// count returns how many objects are at a place.
func (r *poolRun) count(at place) (n int) {
	for _, x := range r.things {
		if x.at == at {
			n++
		}
	}
	return n
}

func (r *poolRun) idle() (n int) {
	for _, x := range r.things {
		if x.at == idle || x.at == fresh || x.at == entering {
			n++
		}
	}
	return n
}
