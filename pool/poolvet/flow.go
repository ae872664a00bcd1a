package poolvet

import (
	"go/token"
	"maps"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// state is what is true at a point of a function, on every path to it.
type state uint8

const (
	unreached state = iota // there is no path
	mixed                  // nothing is known, or the paths differ
	live
	gone
)

func join(a, b state) state {
	switch {
	case a == unreached || a == b:
		return b
	case b == unreached:
		return a
	}
	return mixed
}

// events are the states after the instructions that change them.
type events map[ssa.Instruction]state

// with returns a copy with some more of one state.
func (e events) with(s state, instrs ...ssa.Instruction) events {
	e = maps.Clone(e)
	for _, instr := range instrs {
		e[instr] = s
	}
	return e
}

// through returns the state after block b that is in state s before it.
func (e events) through(b *ssa.BasicBlock, s state) state {
	if s != unreached {
		for _, instr := range b.Instrs {
			if next, ok := e[instr]; ok {
				s = next
			}
		}
	}
	return s
}

// solve returns the states before and after each block, if entry is entered in state s. It is a forward must
// analysis.
func (e events) solve(entry *ssa.BasicBlock, s state) (before, after []state) {
	n := len(entry.Parent().Blocks)
	before, after = make([]state, n), make([]state, n)
	before[entry.Index] = s
	for work := []*ssa.BasicBlock{entry}; len(work) > 0; work = work[1:] {
		b := work[0]
		out := e.through(b, before[b.Index])
		if out == after[b.Index] {
			continue
		}
		after[b.Index] = out
		for _, succ := range b.Succs {
			before[succ.Index] = join(before[succ.Index], out)
			work = append(work, succ)
		}
	}
	return before, after
}

// at returns the state just before an instruction.
func (e events) at(before []state, instr ssa.Instruction) state {
	b := instr.Block()
	s := before[b.Index]
	if s == unreached {
		return s
	}
	for _, i := range b.Instrs {
		if i == instr {
			break
		}
		if next, ok := e[i]; ok {
			s = next
		}
	}
	return s
}

// latches returns the edges that close loops: from latch to head, which dominates it.
func latches(fn *ssa.Function) (edges [][2]*ssa.BasicBlock) {
	for _, latch := range fn.Blocks {
		for _, head := range latch.Succs {
			if head.Dominates(latch) {
				edges = append(edges, [2]*ssa.BasicBlock{latch, head})
			}
		}
	}
	return edges
}

// everyTurn tells whether each turn of the loop that the edge closes runs block b.
func everyTurn(edge [2]*ssa.BasicBlock, b *ssa.BasicBlock) bool {
	latch, head := edge[0], edge[1]
	return head.Dominates(b) && b.Dominates(latch)
}

// reached returns the first target that runs after one of the causes, with no reset in between, and that cause; nil
// if there is none. It returns only targets that are certain, whatever the conditions are: every path to the target
// has a cause on it, or every path from the cause has a target on it, or a turn of a loop ends with the cause and
// the next begins with the target.
func reached(causes, targets []ssa.Instruction, resets events) (target, cause ssa.Instruction) {
	if len(causes) == 0 || len(targets) == 0 {
		return nil, nil
	}
	fn := causes[0].Parent()
	e := resets.with(gone, causes...)

	before, after := e.solve(fn.Blocks[0], mixed)
	found := slices.DeleteFunc(slices.Clone(targets), func(t ssa.Instruction) bool { return e.at(before, t) != gone })
	if len(found) == 0 {
		for _, c := range causes {
			found = append(found, inevitable(c, targets, resets)...)
		}
	}
	if len(found) == 0 {
		for _, edge := range latches(fn) {
			if after[edge[0].Index] != gone {
				continue
			}
			again, _ := e.solve(edge[1], gone)
			for _, t := range targets {
				if everyTurn(edge, t.Block()) && e.at(again, t) == gone {
					found = append(found, t)
				}
			}
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	target = slices.MinFunc(found, func(a, b ssa.Instruction) int { return int(position(a) - position(b)) })
	// If there are several causes, return the last one above the target in the text.
	cause = causes[0]
	for _, c := range causes {
		if p := position(c); p < position(target) && (p > position(cause) || position(cause) >= position(target)) {
			cause = c
		}
	}
	return target, cause
}

// inevitable returns the targets that can run next after the cause, if every path from there
// to a return has one. Paths that end in a panic do not count.
func inevitable(cause ssa.Instruction, targets []ssa.Instruction, resets events) (next []ssa.Instruction) {
	seen := make(map[*ssa.BasicBlock]bool)
	all := true
	var walk func(instrs []ssa.Instruction)
	walk = func(instrs []ssa.Instruction) {
		for _, instr := range instrs {
			if slices.Contains(targets, instr) {
				next = append(next, instr)
				return
			}
			if _, ok := resets[instr]; ok {
				all = false
				return
			}
			if _, ok := instr.(*ssa.Return); ok {
				all = false
				return
			}
		}
		for _, b := range instrs[len(instrs)-1].Block().Succs {
			if !seen[b] {
				seen[b] = true
				walk(b.Instrs)
			}
		}
	}
	b := cause.Block()
	walk(b.Instrs[slices.Index(b.Instrs, cause):][1:])
	if !all {
		return nil
	}
	return next
}

// position returns where an instruction is in the text. If it has no position, it returns where its operand is.
func position(instr ssa.Instruction) token.Pos {
	if p := instr.Pos(); p.IsValid() {
		return p
	}
	for _, op := range instr.Operands(nil) {
		if *op != nil && (*op).Pos().IsValid() {
			if _, ok := (*op).(ssa.Instruction); ok {
				return (*op).Pos()
			}
		}
	}
	return token.NoPos
}
