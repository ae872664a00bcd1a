package poolvet

import (
	"fmt"
	"go/token"

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
	if fn.Name() == "main" && fn.Pkg.Pkg.Name() == "main" && fn.Signature.Recv() == nil {
		return // with it the process ends
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
			if borrow, ok := instr.(*ssa.Store); ok && s == live {
				r.leaked(fn, borrow, e)
			}
		}
	}
}

// handedOn returns the instructions that make an object somebody else's than the lease's: they
// release it into a pool, return it or keep it somewhere. Where it is nil there is none.
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

// leaked reports the borrow whose lease is stored there, if a return is reached by it alone
// and without a release, or the loop that it is in comes to its end.
func (r reporter) leaked(fn *ssa.Function, borrow *ssa.Store, e events) {
	call := borrow.Val.(*ssa.Call)
	before, after := e.solve(fn.Blocks[0], mixed)
	var from ssa.Instruction
	instructions(fn, func(instr ssa.Instruction) {
		if ret, ok := instr.(*ssa.Return); ok && from == nil && e.at(before, ret) == live && e[ret] != gone && borrow.Block().Dominates(ret.Block()) {
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
	for _, edge := range latches(fn) {
		if after[edge[0].Index] == live && everyTurn(edge, borrow.Block()) {
			const what = "the lease of this call is not released before the loop borrows the next: release it at the end of the loop's body"
			r.Reportf(position(call), what)
			return
		}
	}
}
