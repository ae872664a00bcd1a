package work

import (
	"sync/atomic"

	"github.com/plungepool/plunge/bench/internal/peer"
)

// workloads are the functions that return the cases, in the order of the report.
var workloads = []func() []Case{
	pair, everywhere, reset, borrow, burst, everywhereMany, batch,
	handoff, skew, oversubscribed, byteSlices, large, collections, idle,
	queues, procs, gzipWriter, jsonEncoder, scratch, many, server,
	buffersOne, buffersFixed, buffersMixed, buffersHeld, buffersMiss, buffersLog,
}

// All returns the cases in the order of the report.
func All() []Case {
	var cases []Case
	for _, w := range workloads {
		cases = append(cases, w()...)
	}
	for i := range cases {
		if cases[i].Family == "" {
			cases[i].Family = "Pool"
		}
	}
	return cases
}

// Forget drops what all instances created so far hold. None of them may be in use.
func Forget() { peer.Forget() }

// Find returns the case of a name.
func Find(name string) (Case, bool) {
	for _, c := range All() {
		if c.Name() == name {
			return c, true
		}
	}
	return Case{}, false
}

// body is what Instances are made of.
type body struct {
	run     func(n int) Sample
	step    Loop
	workers int // goroutines that do steps at the same time; 0: 1
}

// instance adds the count of objects created to b's samples, if made counts them.
func (b body) instance(made *atomic.Int64) Instance {
	in := Instance{Run: b.run, Step: b.step, Workers: max(b.workers, 1), Counted: made != nil}
	if made != nil {
		in.Run = func(n int) Sample {
			before := made.Load()
			s := b.run(n)
			s.Made = made.Load() - before
			return s
		}
	}
	return in
}

// each returns all of entries, each with the body that f makes from it. It does not count what they create, because
// some keep it for the whole process.
func each[T any](entries []peer.Entry[T], f func(T) body) []Impl {
	var impls []Impl
	for _, e := range entries {
		impls = append(impls, Impl{e.Name, func(env Env) Instance { return f(e.New(env.options(nil))).instance(nil) }})
	}
	return impls
}

// pools returns all pools of *Object, each with the body that f makes from it.
func pools(f func(peer.Pool) body) []Impl {
	return poolsWith(false, 1, func(one []peer.Pool) body { return f(one[0]) })
}

// bounded is pools, with the bound maxIdle if none is set.
func bounded(maxIdle int, f func(peer.Pool) body) []Impl {
	impls := pools(f)
	for i := range impls {
		create := impls[i].New
		impls[i].New = func(env Env) Instance {
			if env.MaxIdle == 0 {
				env.MaxIdle = maxIdle
			}
			return create(env)
		}
	}
	return impls
}

// poolsWith is pools with count pools of each peer. If reset is set, plunge's Reset hook wipes the objects.
func poolsWith(reset bool, count int, f func([]peer.Pool) body) []Impl {
	var impls []Impl
	for _, e := range peer.Pools() {
		impls = append(impls, Impl{e.Name, func(env Env) Instance {
			made := new(atomic.Int64)
			o := env.options(made)
			o.Reset = reset
			if env.Record != nil {
				*env.Record = peer.NewRecording(o)
				return f([]peer.Pool{*env.Record}).instance(made)
			}
			all := make([]peer.Pool, count)
			for i := range all {
				all[i] = e.New(o)
			}
			return f(all).instance(made)
		}})
	}
	return impls
}

// bytes returns all of entries, with the loop Pair.
func bytes(entries []peer.Entry[peer.Bytes]) []Impl {
	var impls []Impl
	for _, e := range entries {
		impls = append(impls, Impl{e.Name, func(env Env) Instance {
			made := new(atomic.Int64)
			return serial(e.New(env.options(made)).Pair).instance(made)
		}})
	}
	return impls
}

// ofs returns all pools of T, each with the body that f makes from it. create creates objects, and reset resets
// them.
func ofs[T any](create func() T, reset func(T), f func(peer.Of[T]) body) []Impl {
	var impls []Impl
	for _, e := range peer.Ofs[T]() {
		impls = append(impls, Impl{e.Name, func(env Env) Instance {
			made := new(atomic.Int64)
			return f(e.New(peer.OfOptions[T]{Options: env.options(made), New: create, Reset: reset})).instance(made)
		}})
	}
	return impls
}

// uses is the loop that uses an object of p, n times.
func uses[T any](p peer.Of[T], use func(T)) Loop {
	return func(n int) int {
		for range n {
			h := p.Get()
			use(h.V)
			p.Put(h)
		}
		return n
	}
}
