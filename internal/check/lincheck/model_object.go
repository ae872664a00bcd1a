package main

import (
	"fmt"
	"strings"

	"github.com/anishathalye/porcupine"
)

// fate is the set of the states that an object may be in, a bit for each. It is a set because a Release that finds
// the pool full looks like one that does not.
type fate uint16

const (
	unborn fate = 1 << iota
	held
	idle
	dropped // not idle any more, Destroy has not run
	gone    // Destroy has run
	shut    // not a state: the pool is closed
)

func (f fate) String() string {
	var names []string
	for i, name := range []string{"unborn", "held", "idle", "dropped", "destroyed"} {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if f&shut != 0 {
		names = append(names, "(closed)")
	}
	return strings.Join(names, " or ")
}

// objectModel is the contract for one object.
//
// loose: the pool may drop an idle object at any time by itself. A pool whose GOMAXPROCS has grown does so with
// objects for which it finds no room then.
func objectModel(loose bool) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return unborn },
		Step: func(state, input, _ any) (bool, any) {
			f := state.(fate).step(input.(poolCall).verb, loose)
			return f&^shut != 0, f
		},
	}
}

// step returns the states after something happened; none if it cannot happen in any of f.
func (f fate) step(v poolVerb, loose bool) fate {
	flag, to := f&shut, fate(0)
	move := func(from, into fate) {
		if f&from != 0 {
			to |= into
		}
	}
	switch v {
	case made:
		move(unborn, held)
	case hit:
		move(idle, held)
	case released:
		move(held, dropped)
		if flag == 0 {
			move(held, idle)
		}
	case destroyed:
		move(dropped, gone)
		if loose {
			move(idle, gone)
		}
	case over: // or else Destroy has not seen the object
		to = f & (held | idle | gone)
	case cleared, closed:
		to = f &^ (idle | shut)
		move(idle, dropped)
		if v == closed {
			flag = shut
		}
	case pruned:
		to = f &^ shut
		move(idle, dropped)
	}
	return flag | to
}

// checkObjects asks for an order of each object's calls. The calls on the pool as a whole take effect
// for each object at an instant of its own: Clear promises no more.
func checkObjects(calls []poolCall, loose bool) []search {
	per := map[uint32][]porcupine.Operation{}
	var sweeps []porcupine.Operation
	end := int64(0)
	for _, c := range calls {
		end = max(end, c.ret+1)
		op := porcupine.Operation{ClientId: c.client, Input: c, Call: c.call, Return: c.ret}
		switch {
		case c.sweeps():
			sweeps = append(sweeps, op)
		case c.id != 0:
			per[c.id] = append(per[c.id], op)
		}
	}
	var searches []search
	for id, ops := range per {
		ops = append(ops, sweeps...)
		ops = append(ops, porcupine.Operation{Input: poolCall{verb: over, id: id}, Call: end, Return: end})
		searches = append(searches, search{what: fmt.Sprintf("object #%d", id), model: objectModel(loose), ops: ops})
	}
	return searches
}
