package poolvet

import (
	"slices"

	"golang.org/x/tools/go/ssa"
)

func useAfterRelease(r reporter, fn *ssa.Function) {
	for _, t := range released(fn) {
		r.usedAfter(t, t.value, r.argument)
	}
	for _, t := range holders(fn) {
		if r.calledAfter(t) || len(t.discards) > 0 {
			continue // after a discard nobody else gets the object, and a release does nothing
		}
		for _, v := range t.views {
			r.usedAfter(t, result(v), func(ssa.Instruction) string { return r.call(v) })
		}
		for _, c := range t.lends {
			r.usedAfter(t, root(object(&c.Call)), func(ssa.Instruction) string { return r.argument(c) })
		}
	}
}

// result returns the first result of a call, or nil if it is not used.
func result(call *ssa.Call) ssa.Value {
	if call.Call.Signature().Results().Len() == 1 {
		return call
	}
	for _, instr := range *call.Referrers() {
		if e, ok := instr.(*ssa.Extract); ok && e.Index == 0 {
			return e
		}
	}
	return nil
}

// usedAfter reports a use of v, which is the object of t or a part of it, after a release. name returns the name of
// the object that a call releases.
func (r reporter) usedAfter(t *tracked, v ssa.Value, name func(ssa.Instruction) string) {
	if v == nil || !shared(v) {
		return
	}
	all := t.all()
	var now, returns, deferred []ssa.Instruction
	found, compared := uses(v, func(i ssa.Instruction) bool { return slices.Contains(all, i) })
	for _, use := range found {
		switch use.(type) {
		case *ssa.Defer:
			deferred = append(deferred, use)
			continue
		case *ssa.Return:
			returns = append(returns, use)
		}
		now = append(now, use)
	}
	resets := t.resets.with(mixed, compared...)
	if use, release := reached(t.releases, now, resets); use != nil {
		const what = "%s is used after its release on line %d: release it after the last use"
		r.Reportf(position(use), what, name(release), r.line(position(release)))
		return
	}
	if use, release := reached(t.deferred, returns, resets); use != nil {
		const what = "%s is returned, but the defer on line %d releases it before the caller has it: return a copy, or leave the release to the caller"
		r.Reportf(position(use), what, name(release), r.line(position(release)))
		return
	}
	for _, use := range deferred {
		if release, _ := reached([]ssa.Instruction{use}, all, resets); release != nil {
			const what = "this deferred call uses %s after its release on line %d: defer the release before it, so that it runs later"
			r.Reportf(position(use), what, name(release), r.line(position(release)))
			return
		}
	}
}

// calledAfter reports a call of a method that panics because its lease or Buffer was released. It returns whether
// there is one.
func (r reporter) calledAfter(t *tracked) bool {
	calls := slices.Clone(t.touches)
	for _, v := range t.views {
		calls = append(calls, v)
	}
	ends := slices.Clone(t.releases)
	for _, d := range t.discards {
		if _, ok := d.(*ssa.Call); ok {
			ends = append(ends, d)
		}
	}
	call, end := reached(ends, calls, t.resets)
	if call != nil {
		const what = "%s was released on line %d, so this call panics: release it after the last use"
		r.Reportf(position(call), what, r.receiver(call), r.line(position(end)))
	}
	return call != nil
}

func doubleRelease(r reporter, fn *ssa.Function) {
	for _, t := range released(fn) {
		all := t.all()
		_, compared := uses(t.value, func(ssa.Instruction) bool { return false })
		again, first := reached(all, all, t.resets.with(mixed, compared...))
		switch {
		case again == nil:
		case again == first:
			const what = "%s is released by every turn of the loop, but acquired before it: acquire it in the loop, or release it after the loop"
			r.Reportf(position(again), what, r.argument(again))
		default:
			const what = "%s is released twice, here and on line %d: remove one of the two"
			r.Reportf(position(again), what, r.argument(again), r.line(position(first)))
		}
	}
}
