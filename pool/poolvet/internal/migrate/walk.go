package migrate

import (
	"fmt"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// walker goes through the syntax of one file, and joins the things that one statement or declaration mentions.
type walker struct {
	*flow
	info *types.Info
	file string
	uses map[position]bool // of sync.Pool in the file
	// place returns the position of a node in the file as it is written.
	place func(ast.Node) position
}

// meet walks through a file that package p has compiled.
func (w *walker) meet(p *packages.Package, f *ast.File) {
	for _, d := range f.Decls {
		w.walk(d, "")
	}
	for clause, o := range p.TypesInfo.Implicits { // v in the clauses of switch v := x.(type)
		if c, ok := clause.(*ast.CaseClause); ok && f.FileStart <= c.Pos() && c.Pos() < f.FileEnd {
			w.object(w.at(c), o)
		}
	}
}

// at returns the node of a statement, a clause, a function and the like.
func (w *walker) at(n ast.Node) node {
	p := w.place(n)
	return node(fmt.Sprintf("at %s:%d:%d %T", w.file, p.line, p.column, n))
}

// walk visits n. result is the node of the function around n. Return statements are joined to it.
func (w *walker) walk(n ast.Node, result node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			w.unit(n, n.Name, n.Type)
			if n.Body != nil {
				w.walk(n.Body, w.at(n))
			}
			return false
		case *ast.FuncLit:
			w.unit(n, n.Type)
			w.walk(n.Body, w.at(n))
			return false
		case *ast.ReturnStmt:
			w.unit(n, n)
			if result != "" && w.mentions(n) {
				w.join(result, w.at(n))
			}
		case *ast.TypeSpec:
			switch n.Type.(type) {
			case *ast.StructType, *ast.InterfaceType: // their fields and methods are not joined to each other
			default:
				w.unit(n, n)
			}
		case *ast.Field, *ast.ValueSpec, *ast.AssignStmt, *ast.ExprStmt, *ast.SendStmt, *ast.GoStmt, *ast.DeferStmt:
			w.unit(n, n)
		case *ast.RangeStmt:
			w.unit(n, n.Key, n.Value, n.X)
		case *ast.IfStmt:
			w.unit(n, n.Cond)
		case *ast.ForStmt:
			w.unit(n, n.Cond)
		case *ast.SwitchStmt:
			w.unit(n, n.Tag)
			for _, c := range n.Body.List {
				w.join(w.at(n), w.at(c))
			}
		case *ast.TypeSwitchStmt:
			w.unit(n, n.Assign)
		case *ast.CaseClause:
			for _, e := range n.List {
				w.unit(n, e)
			}
		}
		return true
	})
}

// unit joins everything that the parts mention, except in the bodies of function literals.
func (w *walker) unit(owner ast.Node, parts ...ast.Node) {
	at := w.at(owner)
	for _, part := range parts {
		w.inspect(part, func(n ast.Node) {
			switch n := n.(type) {
			case *ast.Ident:
				o := w.info.Defs[n]
				if o == nil {
					o = w.info.Uses[n]
				}
				w.object(at, o)
			case *ast.CompositeLit:
				w.fields(at, n)
			case *ast.FuncLit:
				if w.mentions(n.Type) {
					w.join(at, w.at(n))
				}
			}
			if w.isUse(n) {
				w.join(at, useNode(w.file, w.place(n)))
			}
		})
	}
}

// inspect is ast.Inspect without the bodies of function literals; n may be nil in an interface.
func (w *walker) inspect(n ast.Node, visit func(ast.Node)) {
	if n == nil {
		return
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		visit(n)
		if lit, ok := n.(*ast.FuncLit); ok {
			w.inspect(lit.Type, visit)
			return false
		}
		return true
	})
}

// fields joins the fields that a literal sets without naming them.
func (w *walker) fields(at node, lit *ast.CompositeLit) {
	t := w.info.TypeOf(lit)
	if t == nil || len(lit.Elts) == 0 {
		return
	}
	if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); keyed {
		return
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			w.object(at, f)
		}
	}
}

// mentions tells whether n names sync.Pool, or something with sync.Pool in its type.
func (w *walker) mentions(n ast.Node) bool {
	found := false
	w.inspect(n, func(n ast.Node) {
		if e, ok := n.(ast.Expr); ok && !found {
			found = w.isUse(n) || w.inType(w.info.TypeOf(e))
		}
	})
	return found
}

func (w *walker) isUse(n ast.Node) bool {
	switch n.(type) {
	case *ast.SelectorExpr, *ast.Ident:
		return w.uses[w.place(n)]
	}
	return false
}
