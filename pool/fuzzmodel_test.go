package pool_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/pool"
)

// place is where the model has an object.
type place string

const (
	fresh     place = "fresh" // just made: when the operation is over it is idle, or its caller has it
	idle      place = "idle"
	held      place = "held"
	entering  place = "entering" // by a Release under way
	discarded place = "discarded"
	destroyed place = "destroyed"
)

// thing is what FuzzPool pools, with what the model knows of it.
type thing struct {
	id     int
	at     place
	why    string        // the last hook's reason to destroy it; empty: the operation's reason counts
	failed bool          // a hook has failed over it
	since  time.Duration // it may be idle since then, at the earliest
	last   time.Duration // the same, at the latest
}

// frame is an operation under way; hooks make operations inside others.
type frame struct {
	name   string
	age    time.Duration // Prune's
	failed bool          // a hook has failed in it
	made   int           // by New
	nested bool          // hooks have made operations in it
	full   bool          // an object found no room
}

// poolRun is a Pool with a plain model of what must happen to its objects. All hooks run on one goroutine, or on a
// timer's while that goroutine sleeps.
type poolRun struct {
	t     *testing.T
	o     pool.Options[*thing]
	p     *pool.Pool[*thing]
	says  tape
	start time.Time
	exact bool // one P: every idle object is found

	// turns tells the race detector, which does not know the bubble's clock, that a timer's hooks run after
	// everything before the sleep.
	turns atomic.Int64
	mu    sync.Mutex // of Destroys in the background

	things  []*thing
	held    []*thing
	frames  []*frame
	closed  bool
	want    pool.Discards
	made    int
	handed  int // to the user, by the operations that returned
	back    int // by Release
	before  pool.Stats
	limit   time.Duration // MaxIdleTime, or its default where there is none
	coarse  time.Duration // by how much an object may look older than it is
	longest time.Duration // how long an object may be idle without traffic, 0: for ever
}

func (r *poolRun) make(reset, retain, validate bool) {
	r.start = time.Now()
	r.exact = runtime.GOMAXPROCS(0) == 1
	r.limit = r.o.MaxIdleTime
	if r.limit <= 0 {
		r.limit = pool.DefaultMaxIdleTime
	}
	if r.o.MaxIdleTime <= 0 || r.limit >= 800*time.Millisecond {
		r.coarse = 400 * time.Millisecond
	}
	if r.o.MaxIdleTime >= 0 {
		r.longest = latest(r.limit)
	}
	r.o.New, r.o.Destroy = r.newThing, r.destroy
	if reset {
		r.o.Reset = func(x *thing) { r.enters(x); r.failing("Reset", x) }
	}
	if retain {
		r.o.Retain = func(x *thing) bool {
			r.enters(x)
			if r.failing("Retain", x) {
				x.why = "Rejected"
				return false
			}
			return true
		}
	}
	if validate {
		r.o.Validate = func(x *thing) bool {
			if x.at != idle && x.at != fresh && x.at != entering {
				r.t.Errorf("Validate of object %d, which is %s", x.id, x.at)
			}
			if r.failing("Validate", x) {
				x.why = "Invalid"
				return false
			}
			return true
		}
	}
	says := r.says
	r.says = nil // hooks behave until there is a pool
	r.frames = []*frame{{name: "warm"}}
	r.p = newPool(r.t, r.o)
	r.settle()
	r.says = says
}

func (r *poolRun) now() time.Duration { return time.Since(r.start) }
func (r *poolRun) top() *frame        { return r.frames[len(r.frames)-1] }

func (r *poolRun) newThing() *thing {
	r.failing("New", nil)
	x := &thing{id: len(r.things), at: fresh, since: r.now(), last: r.now()}
	r.things = append(r.things, x)
	r.made++
	r.top().made++
	return x
}

// enters is called with an object that is about to be idle.
func (r *poolRun) enters(x *thing) {
	if x.at != entering {
		r.t.Errorf("Reset or Retain of object %d, which is %s", x.id, x.at)
	}
}

// destroy is the Destroy hook. It checks that the model has a reason for the call.
func (r *poolRun) destroy(x *thing) {
	r.turns.Add(1)
	defer r.turns.Add(1)
	f := r.top()
	background := f.name == "advance" && !f.nested
	if background { // several at a time
		r.mu.Lock()
		defer r.mu.Unlock()
	}
	why := x.why
	if why == "" {
		why = r.reason(f, x)
	}
	switch {
	case x.at == destroyed:
		r.t.Errorf("object %d is destroyed twice, by %s", x.id, f.name)
	case x.at == held:
		r.t.Errorf("object %d is destroyed by %s and held", x.id, f.name)
	}
	x.at, x.why = destroyed, why
	if x.failed {
		r.want.Panicked++
	}
	panicked := x.failed
	returned := false
	defer func() {
		switch {
		case panicked:
		case returned || background: // counted before
			r.drop(why)
		default:
			r.want.Panicked++
		}
	}()
	if background {
		r.failingAlone()
	} else {
		r.failing("Destroy", nil)
	}
	returned = true
}

// reason is why an operation drops an object that no hook has refused.
func (r *poolRun) reason(f *frame, x *thing) string {
	room := "Full"
	if r.closed {
		room = "Closed"
	}
	old := r.now() - x.since
	switch {
	case x.at == discarded:
		return "Broken"
	case f.name == "clear":
		return "Cleared"
	case f.name == "close":
		return "Closed"
	case f.name == "prune":
		if f.age > 0 && old <= f.age-r.coarse {
			r.t.Errorf("Prune(%v) drops object %d, idle for %v", f.age, x.id, old)
		}
		return "Pruned"
	case f.name == "advance": // too old, or nobody needed it
		if r.longest == 0 {
			r.t.Errorf("object %d expires, and there is no limit", x.id)
		}
		return "Expired"
	case x.at == idle && !f.failed && f.takes():
		if r.longest == 0 || old <= r.limit-r.coarse {
			r.t.Errorf("object %d expires in %s after %v", x.id, f.name, old)
		}
		return "Expired"
	}
	f.full = true
	return room
}

// takes reports whether the operation takes objects out.
func (f *frame) takes() bool {
	switch f.name {
	case "acquire", "tryacquire", "acquiren", "borrow", "do":
		return true
	}
	return false
}

func (r *poolRun) drop(why string) {
	switch why {
	case "Full":
		r.want.Full++
	case "Expired":
		r.want.Expired++
	case "Invalid":
		r.want.Invalid++
	case "Rejected":
		r.want.Rejected++
	case "Broken":
		r.want.Broken++
	case "Cleared":
		r.want.Cleared++
	case "Pruned":
		r.want.Pruned++
	case "Closed":
		r.want.Closed++
	}
}

// failingAlone is failing for a Destroy in the background, which makes no operations.
func (r *poolRun) failingAlone() {
	switch r.says.next() % 16 {
	case 1:
		panic("fuzz: Destroy in the background")
	case 2:
		runtime.Goexit()
	}
}

// failing does what the tape says: a hook may panic, exit the goroutine, refuse
// (if it can), or make an operation.
func (r *poolRun) failing(hook string, x *thing) (refuses bool) {
	f := r.top()
	returned := false
	defer func() {
		if !returned {
			f.failed = true
			if x != nil {
				x.failed = true
			}
		}
	}()
	switch r.says.next() % 16 {
	case 1:
		panic("fuzz: " + hook)
	case 2:
		runtime.Goexit()
	case 3:
		refuses = true
	case 4, 5:
		if len(r.frames) < 4 {
			f.nested = true
			r.do(opNames[r.says.next()%len(opNames)], r.says.next())
		}
	}
	returned = true
	return refuses
}

// settle ends an operation that has no operation inside it: every object that was on its way is idle.
func (r *poolRun) settle() {
	for _, x := range r.things {
		if x.at == fresh || x.at == entering {
			x.at = idle
		}
	}
	r.things = without(r.things, destroyed)
	synctest.Wait()
}

func without(xs []*thing, at place) []*thing {
	kept := xs[:0]
	for _, x := range xs {
		if x.at != at {
			kept = append(kept, x)
		}
	}
	clear(xs[len(kept):])
	return kept
}
