package poolvet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"
)

// wrongPool leaves out pools with sync.Pool's contract. They take anything, and programs move buffers that have
// grown from one to another.
func wrongPool(r reporter, fn *ssa.Function) {
	instructions(fn, func(instr ssa.Instruction) {
		kind, call := roleOf(instr)
		if kind != release && kind != lend {
			return
		}
		v := root(object(call))
		if e, ok := v.(*ssa.Extract); ok && e.Index == 0 {
			v = e.Tuple
		}
		from, ok := v.(*ssa.Call)
		if !ok {
			return
		}
		if kind, _ := roleOf(from); kind == acquire && different(&from.Call, call) {
			got, put := r.receiver(from), r.receiver(instr)
			const what = "%s was acquired from %s on line %d, but is released into %s: release it into %s"
			r.Reportf(position(instr), what, r.argument(instr), got, r.line(position(from)), put, got)
		}
	})
}

// different tells whether two calls are certainly of different pools: methods of different
// types, or of pools in two package variables, in two fields of one struct, or made by this
// function.
func different(a, b *ssa.CallCommon) bool {
	typ := func(c *ssa.CallCommon) string {
		name := funcName(callee(c))
		if len(c.Args) == 0 || !strings.HasPrefix(name, plunge) || c.Signature().Recv() == nil {
			return ""
		}
		return name[:strings.LastIndexByte(name, '.')]
	}
	ta, tb := typ(a), typ(b)
	synclike := []string{"", plunge + "pool/syncpool.Pool", plunge + "buffers.AnyPool"}
	if slices.Contains(synclike, ta) || slices.Contains(synclike, tb) {
		return false
	}
	if ta != tb {
		return true
	}
	p, q := pool(a.Args[0]), pool(b.Args[0])
	switch p := p.(type) {
	case *ssa.Global:
		q, ok := q.(*ssa.Global)
		return ok && p != q
	case *ssa.FieldAddr:
		q, ok := q.(*ssa.FieldAddr)
		return ok && p.Field != q.Field && same(p.X, q.X)
	case *ssa.Call:
		q, ok := q.(*ssa.Call)
		return ok && p != q
	}
	return false
}

// pool returns where the receiver v of a pool's method comes from: the Global or FieldAddr that holds the pool, or
// the Call that made it.
func pool(v ssa.Value) ssa.Value {
	for {
		switch x := v.(type) {
		case *ssa.UnOp:
			v = x.X
		case *ssa.Extract:
			v = x.Tuple
		case *ssa.Call:
			if r, c := roleOf(x); r != newPool {
				return nil
			} else if f := callee(c); f.Name() == "Must" {
				v = c.Args[0]
				continue
			}
			return x
		default:
			return v
		}
	}
}

// same tells whether two addresses are the same, or loaded from the same place.
func same(a, b ssa.Value) bool {
	switch x := a.(type) {
	case *ssa.UnOp:
		y, ok := b.(*ssa.UnOp)
		return ok && x.Op == y.Op && same(x.X, y.X)
	case *ssa.FieldAddr:
		y, ok := b.(*ssa.FieldAddr)
		return ok && x.Field == y.Field && same(x.X, y.X)
	}
	return a == b
}

func boxedSlice(pass *analysis.Pass) (any, error) {
	for n := range pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).PreorderSeq((*ast.CallExpr)(nil)) {
		call := n.(*ast.CallExpr)
		f, _ := typeutil.Callee(pass.TypesInfo, call).(*types.Func)
		if f == nil {
			continue
		}
		if r := funcRole(f); r != release && r != lend || len(call.Args) != 1 {
			continue
		}
		sig := pass.TypesInfo.TypeOf(call.Fun).(*types.Signature)
		arg := pass.TypesInfo.TypeOf(call.Args[0])
		s, ok := arg.Underlying().(*types.Slice)
		if !ok || !types.IsInterface(sig.Params().At(0).Type()) {
			continue
		}
		use := "package buffers"
		if b, ok := s.Elem().Underlying().(*types.Basic); !ok || b.Kind() != types.Byte {
			use = "pool.Slices"
		}
		typ := types.TypeString(arg, types.RelativeTo(pass.Pkg))
		pass.ReportRangef(call.Args[0], "a %s in an interface takes an allocation at every %s: pool a *%[1]s, or use %[3]s", typ, f.Name(), use)
	}
	return nil, nil
}
