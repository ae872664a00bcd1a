package poolvet

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/ssa"
)

// Analyzers are all analyzers of this package. They need no options, and their order has no meaning.
var Analyzers = []*analysis.Analyzer{
	analyzer("useafterrelease", "report objects that are used after their release", useAfterRelease),
	analyzer("doublerelease", "report objects that are released twice", doubleRelease),
	analyzer("leakedlease", "report leases that are not released before a return", leakedLease),
	analyzer("wrongpool", "report objects that are released into a pool that they are not from", wrongPool),
	{
		Name: "boxedslice", URL: url,
		Doc:      "report slices that are put into a pool of interfaces, which allocates",
		Requires: []*analysis.Analyzer{inspect.Analyzer},
		Run:      boxedSlice,
	},
}

const url = "https://pkg.go.dev/github.com/plungepool/plunge/pool/poolvet"

// analyzer returns an Analyzer that checks each function by itself.
func analyzer(name, doc string, check func(reporter, *ssa.Function)) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: name, Doc: doc, URL: url,
		Requires: []*analysis.Analyzer{buildssa.Analyzer, inspect.Analyzer},
		Run: func(pass *analysis.Pass) (any, error) {
			if !slices.ContainsFunc(pass.Pkg.Imports(), func(p *types.Package) bool { return imports[p.Path()] }) {
				return nil, nil
			}
			for _, fn := range pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA).SrcFuncs {
				if len(fn.Blocks) > 0 {
					check(reporter{pass}, fn)
				}
			}
			return nil, nil
		},
	}
}

// reporter reports findings in SSA form, in the words of the source.
type reporter struct{ *analysis.Pass }

func (r reporter) line(pos token.Pos) int { return r.Fset.Position(pos).Line }

// syntax returns the call in the source that an instruction is from, or nil.
func (r reporter) syntax(instr ssa.Instruction) (call *ast.CallExpr) {
	for n := range r.ResultOf[inspect.Analyzer].(*inspector.Inspector).PreorderSeq((*ast.CallExpr)(nil), (*ast.DeferStmt)(nil)) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if n.Lparen == instr.Pos() {
				return n
			}
		case *ast.DeferStmt:
			if n.Defer == instr.Pos() {
				return n.Call
			}
		}
	}
	return nil
}

// argument returns the source of the last argument of a call, such as "b".
func (r reporter) argument(instr ssa.Instruction) string {
	if call := r.syntax(instr); call != nil && len(call.Args) > 0 {
		return short(call.Args[len(call.Args)-1])
	}
	return "the object"
}

// receiver returns the source of a method call's receiver.
func (r reporter) receiver(instr ssa.Instruction) string {
	if call := r.syntax(instr); call != nil {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			return short(sel.X)
		}
	}
	return "the lease"
}

// call returns the source of a call.
func (r reporter) call(instr ssa.Instruction) string {
	if call := r.syntax(instr); call != nil {
		return short(call)
	}
	return "the object"
}

func short(e ast.Expr) string {
	s := types.ExprString(e)
	if len(s) > 40 {
		return "the object"
	}
	return s
}
