package poolvet

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// root returns the value that is the same object as v, without conversions to and from interfaces and without
// slicing to a prefix.
func root(v ssa.Value) ssa.Value {
	for {
		switch x := v.(type) {
		case *ssa.MakeInterface:
			v = x.X
		case *ssa.ChangeInterface:
			v = x.X
		case *ssa.ChangeType:
			v = x.X
		case *ssa.TypeAssert:
			v = x.X
		case *ssa.Extract:
			assert, ok := x.Tuple.(*ssa.TypeAssert)
			if !ok || x.Index != 0 {
				return v
			}
			v = assert.X
		case *ssa.Slice:
			if x.Low != nil || x.Max != nil {
				return v
			}
			v = x.X
		default:
			return v
		}
	}
}

// shared tells whether a value and its copies refer to the same memory.
func shared(v ssa.Value) bool {
	if _, ok := v.(*ssa.Const); ok || v.Referrers() == nil {
		return false
	}
	if _, ok := v.Type().(*types.TypeParam); ok {
		return false
	}
	switch v.Type().Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Interface:
		return true
	}
	return false
}

// uses returns the instructions that use the object v, or a part of it, through a value made from v. It leaves out
// instructions for which except is true. Asking for a length, converting to an interface and comparing with another
// object are no uses. Comparisons are returned in compared: after one, v may turn out to be an object that was
// acquired again.
func uses(v ssa.Value, except func(ssa.Instruction) bool) (found, compared []ssa.Instruction) {
	seen := map[ssa.Value]bool{}
	var follow func(v ssa.Value)
	follow = func(v ssa.Value) {
		if seen[v] || v.Referrers() == nil {
			return
		}
		seen[v] = true
		for _, instr := range *v.Referrers() {
			switch x := instr.(type) {
			case *ssa.MakeInterface:
				follow(x)
			case *ssa.ChangeInterface:
				follow(x)
			case *ssa.ChangeType:
				follow(x)
			case *ssa.SliceToArrayPointer:
				follow(x)
			case *ssa.FieldAddr:
				follow(x)
			case *ssa.IndexAddr:
				if x.X == v {
					follow(x)
				}
			case *ssa.Slice:
				if x.X == v {
					follow(x)
				}
			case *ssa.TypeAssert:
				if !x.CommaOk {
					follow(x)
					continue
				}
				for _, r := range *x.Referrers() {
					if e, ok := r.(*ssa.Extract); ok && e.Index == 0 {
						follow(e)
					}
				}
			case *ssa.BinOp:
				_, left := x.X.(*ssa.Const)
				_, right := x.Y.(*ssa.Const)
				if !left && !right {
					compared = append(compared, x)
				}
			default:
				if touches(instr, v) && !except(instr) {
					found = append(found, asReturn(instr))
				}
			}
		}
	}
	follow(v)
	return found, compared
}

// asReturn returns the return statement that a store is a part of, or else the instruction itself. A function with
// defers first stores its results, then runs the defers, then loads them.
func asReturn(instr ssa.Instruction) ssa.Instruction {
	store, ok := instr.(*ssa.Store)
	if !ok {
		return instr
	}
	result, ok := store.Addr.(*ssa.Alloc)
	if !ok || result.Heap {
		return instr
	}
	instrs := instr.Block().Instrs
	ret, ok := instrs[len(instrs)-1].(*ssa.Return)
	if !ok {
		return instr
	}
	for _, i := range instrs[slices.Index(instrs, instr)+1:] {
		if s, ok := i.(*ssa.Store); ok && s.Addr == result {
			return instr
		}
	}
	for _, r := range ret.Results {
		if load, ok := r.(*ssa.UnOp); ok && load.X == result {
			return ret
		}
	}
	return instr
}

// touches tells whether an instruction that has v as an operand reads or writes what v
// refers to, or hands v on.
func touches(instr ssa.Instruction, v ssa.Value) bool {
	switch x := instr.(type) {
	case *ssa.UnOp:
		return x.Op == token.MUL || x.Op == token.ARROW
	case *ssa.Store:
		return x.Addr == v || !printed(x)
	case *ssa.MapUpdate:
		return x.Map == v || x.Value == v
	case *ssa.Lookup:
		return x.X == v
	case *ssa.Convert:
		_, slice := x.X.Type().Underlying().(*types.Slice)
		return slice // a conversion to a string copies the bytes
	case *ssa.Call:
		if _, ok := x.Call.Value.(*ssa.Builtin); ok {
			return isBuiltin(&x.Call, "append", "copy", "clear", "delete")
		}
		return !slices.Contains([]string{"runtime.KeepAlive", "weak.Make"}, funcName(callee(&x.Call)))
	case *ssa.Defer, *ssa.Return, *ssa.Send, *ssa.Range:
		return true
	}
	return false
}

// printed tells whether a store puts a value among the arguments of a call whose format has %p or %T. These look
// only at the address or the type.
func printed(s *ssa.Store) bool {
	call := variadic(s)
	if call == nil {
		return false
	}
	for _, arg := range call.Args {
		c, ok := arg.(*ssa.Const)
		if !ok || c.Value == nil || c.Value.Kind() != constant.String {
			continue
		}
		if format := constant.StringVal(c.Value); strings.Contains(format, "%p") || strings.Contains(format, "%T") {
			return true
		}
	}
	return false
}

// variadic returns the call for which a store writes one of the arguments that "..." stands for, or nil.
func variadic(s *ssa.Store) *ssa.CallCommon {
	addr, ok := s.Addr.(*ssa.IndexAddr)
	if !ok {
		return nil
	}
	array, ok := addr.X.(*ssa.Alloc)
	if !ok {
		return nil
	}
	for _, r := range *array.Referrers() {
		if slice, ok := r.(*ssa.Slice); ok {
			for _, r := range *slice.Referrers() {
				if call, ok := r.(ssa.CallInstruction); ok {
					return call.Common()
				}
			}
		}
	}
	return nil
}

// isBuiltin tells whether c calls one of the predeclared functions in names.
func isBuiltin(c *ssa.CallCommon, names ...string) bool {
	b, ok := c.Value.(*ssa.Builtin)
	return ok && slices.Contains(names, b.Name())
}
