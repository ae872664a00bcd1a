package poolvet

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// tracked is an object of a pool, a lease or a Buffer in one function.
type tracked struct {
	value    ssa.Value         // the object, or the address of the lease or Buffer
	releases []ssa.Instruction // run where they stand
	deferred []ssa.Instruction // run at the end of the function
	discards []ssa.Instruction // of a lease, now or deferred
	views    []*ssa.Call       // of a lease or Buffer
	touches  []ssa.Instruction // of a Buffer
	lends    []*ssa.Call       // created the lease
	resets   events            // after these the value is another object
}

// addRelease adds a release, if it runs in this goroutine.
func (t *tracked) addRelease(instr ssa.Instruction) {
	switch instr.(type) {
	case *ssa.Call:
		t.releases = append(t.releases, instr)
	case *ssa.Defer:
		t.deferred = append(t.deferred, instr)
	}
}

func (t *tracked) all() []ssa.Instruction {
	return append(t.releases[:len(t.releases):len(t.releases)], t.deferred...)
}

// instructions calls f with every instruction of fn.
func instructions(fn *ssa.Function, f func(ssa.Instruction)) {
	for _, b := range fn.Blocks {
		for _, instr := range b.Instrs {
			f(instr)
		}
	}
}

// released returns the objects that fn releases into pools, in the order of their
// first releases.
func released(fn *ssa.Function) (objects []*tracked) {
	byValue := make(map[ssa.Value]*tracked)
	instructions(fn, func(instr ssa.Instruction) {
		r, call := roleOf(instr)
		if r != release {
			return
		}
		v := root(object(call))
		if !shared(v) {
			return
		}
		t := byValue[v]
		if t == nil {
			t = &tracked{value: v, resets: events{}}
			if def, ok := v.(ssa.Instruction); ok {
				t.resets[def] = live
			}
			byValue[v] = t
			objects = append(objects, t)
		}
		t.addRelease(instr)
	})
	return objects
}

// holders returns the leases and Buffers of fn that nothing else can reach: those that are used only by their
// methods. A Buffer is often passed on as an io.Writer. What is known of it ends there.
func holders(fn *ssa.Function) (objects []*tracked) {
	seen := make(map[ssa.Value]bool)
	instructions(fn, func(instr ssa.Instruction) {
		var addr ssa.Value
		switch r, call := roleOf(instr); r {
		case view, giveBack, discard:
			addr = call.Args[0]
		case borrow, lend:
			if v := instr.(ssa.CallInstruction).Value(); v != nil {
				addr = variable(v)
			}
		}
		if addr == nil || seen[addr] {
			return
		}
		seen[addr] = true
		if t := holder(addr); t != nil {
			objects = append(objects, t)
		}
	})
	return objects
}

// variable returns the address of the local variable that a call's result is assigned to, or nil.
func variable(call ssa.Value) ssa.Value {
	if refs := *call.Referrers(); len(refs) == 1 {
		if s, ok := refs[0].(*ssa.Store); ok && s.Val == call {
			if a, ok := s.Addr.(*ssa.Alloc); ok {
				return a
			}
		}
	}
	return nil
}

func holder(addr ssa.Value) *tracked {
	if addr.Referrers() == nil {
		return nil
	}
	t := &tracked{value: addr, resets: events{}}
	if def, ok := addr.(ssa.Instruction); ok {
		t.resets[def] = mixed
	}
	buffer := isBuffer(addr.Type())
	for _, instr := range *addr.Referrers() {
		r, call := roleOf(instr)
		if call != nil && (len(call.Args) == 0 || call.Args[0] != addr) {
			r = none
		}
		_, deferred := instr.(*ssa.Defer)
		if _, ok := instr.(*ssa.Go); ok {
			return nil
		}
		switch {
		case r == giveBack:
			t.addRelease(instr)
		case r == discard:
			t.discards = append(t.discards, instr)
		case r == view && !deferred:
			if v, ok := instr.(*ssa.Call); ok {
				t.views = append(t.views, v)
			}
		case r == touch && !deferred:
			t.touches = append(t.touches, instr)
		default:
			switch x := instr.(type) {
			case *ssa.DebugRef:
			case *ssa.Store:
				if x.Addr != addr {
					return nil
				}
				t.resets[instr] = mixed
				if c, ok := x.Val.(*ssa.Call); ok {
					switch r, _ := roleOf(c); r {
					case lend:
						t.lends = append(t.lends, c)
						t.resets[instr] = live
					case borrow:
						t.resets[instr] = live
					}
				}
			case *ssa.MakeClosure:
				return nil
			default:
				if !buffer {
					return nil
				}
				t.resets[instr] = mixed
			}
		}
	}
	return t
}

func isBuffer(t types.Type) bool {
	p, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	named, ok := types.Unalias(p.Elem()).(*types.Named)
	return ok && named.Obj().Name() == "Buffer" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == plunge+"buffers"
}
