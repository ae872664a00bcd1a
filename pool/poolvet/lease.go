package poolvet

import (
	"fmt"
	"go/token"
	"maps"

	"golang.org/x/tools/go/ssa"
)

func leakedLease(r reporter, fn *ssa.Function) {
	instructions(fn, func(instr ssa.Instruction) {
		if kind, _ := roleOf(instr); kind != borrow && kind != lend {
			return
		}
		if v := instr.(ssa.CallInstruction).Value(); v == nil || len(*v.Referrers()) == 0 {
			const what = "the lease of this call is dropped, so nothing can release it: keep it in a variable and defer its Release"
			r.Reportf(position(instr), what)
		}
	})
	if fn.Name() == "main" && fn.Signature.Recv() == nil {
		return // the process ends there
	}
	for _, t := range holders(fn) {
		e := t.resets.with(gone, t.all()...).with(gone, t.discards...)
		for _, v := range t.views {
			e = e.with(gone, handedOn(result(v))...)
		}
		for _, c := range t.lends {
			e = e.with(gone, handedOn(root(object(&c.Call)))...)
		}
		for instr, s := range t.resets {
			if s == live {
				r.leaked(fn, instr.(*ssa.Store), e)
			}
		}
	}
}

// handedOn returns the instructions after which the lease no longer owns the object: they release it into a pool,
// return it or store it. The branch where v is nil counts, too: it has no object.
func handedOn(v ssa.Value) (instrs []ssa.Instruction) {
	if v == nil || v.Referrers() == nil {
		return nil
	}
	found, _ := uses(v, func(ssa.Instruction) bool { return false })
	for _, use := range found {
		switch x := use.(type) {
		case *ssa.Return, *ssa.Send, *ssa.MapUpdate:
			instrs = append(instrs, use)
		case *ssa.Store:
			if call := variadic(x); call == nil || isBuiltin(call, "append") {
				instrs = append(instrs, use)
			}
		default:
			if kind, _ := roleOf(use); kind == release {
				instrs = append(instrs, use)
			}
		}
	}
	for _, instr := range *v.Referrers() {
		test, ok := instr.(*ssa.BinOp)
		if !ok || !isNil(test.X) && !isNil(test.Y) {
			continue
		}
		for _, instr := range *test.Referrers() {
			if _, ok := instr.(*ssa.If); ok {
				succ := instr.Block().Succs[0]
				if test.Op == token.NEQ {
					succ = instr.Block().Succs[1]
				}
				if len(succ.Preds) == 1 {
					instrs = append(instrs, succ.Instrs[0])
				}
			}
		}
	}
	return instrs
}

func isNil(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.IsNil()
}

// leaked reports the borrow if its lease leaks for certain: every path to some return, or to the end of a turn of
// its loop, has the borrow and no release after it.
func (r reporter) leaked(fn *ssa.Function, borrow *ssa.Store, e events) {
	call := borrow.Val.(*ssa.Call)
	e = maps.Clone(e)
	for other := range e {
		if e[other] == live && other != borrow {
			e[other] = mixed
		}
	}
	before, after := e.solve(fn.Blocks[0], mixed)
	var from ssa.Instruction
	instructions(fn, func(instr ssa.Instruction) {
		if ret, ok := instr.(*ssa.Return); ok && from == nil && e.at(before, ret) == live && e[ret] != gone {
			from = ret
		}
	})
	if from != nil {
		where := "function ends"
		if from.Pos().IsValid() {
			where = fmt.Sprintf("return on line %d", r.line(from.Pos()))
		}
		const what = "the lease of this call is not released before the %s: defer its Release after this call"
		r.Reportf(position(call), what, where)
		return
	}
	ends := 0
	for _, s := range e {
		if s == gone {
			ends++
		}
	}
	// A turn may end in several places, for example after each case of a switch. If one of the cases always
	// applies, the end without any of them is never reached.
	turns := make(map[*ssa.BasicBlock]state)
	for _, edge := range latches(fn) {
		turns[edge[1]] = join(turns[edge[1]], after[edge[0].Index])
	}
	for _, edge := range latches(fn) {
		if after[edge[0].Index] == live && (ends < 2 || turns[edge[1]] == live) && everyTurn(edge, borrow.Block()) {
			const what = "the lease of this call is not released before the loop borrows the next: release it at the end of the loop's body"
			r.Reportf(position(call), what)
			return
		}
	}
}
