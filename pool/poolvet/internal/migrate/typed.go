package migrate

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/packages"
)

// typed is a variable that can hold a pool.Pool[T] in place of a sync.Pool. All of this must be plain:
//
//   - It is declared with a literal whose New is a function literal that returns one pointer type T.
//   - T has no method Reset. A pool.Pool would call it, and a sync.Pool does not.
//   - The program uses it only for Get().(T) and Put of a T.
//   - No other package can name it, and every file of its package is compiled.
type typed struct {
	bad  bool
	name string
	elem string // T as the file writes it
	file string
	use  position
	lit  [4]int // offsets of the literal, its New, the any in New's type, and the end of that any
	// What to do in each file.
	edits   map[string][]edit
	dropped map[string]map[int]importKey
	t       types.Type
}

// typedPools finds the typed pools of a package.
func (pl *Plan) typedPools(p *packages.Package) {
	found := map[types.Object]*typed{}
	in := inspector.New(p.Syntax)
	for c := range in.Root().Preorder((*ast.CompositeLit)(nil)) {
		if o, t := pl.typedLiteral(p, c); t != nil {
			found[o] = t
		}
	}
	if len(found) == 0 {
		return
	}
	for c := range in.Root().Preorder((*ast.Ident)(nil)) {
		if t := found[p.TypesInfo.Uses[c.Node().(*ast.Ident)]]; t != nil {
			t.bad = t.bad || !pl.typedUse(p, c, t)
		}
	}
	for o, t := range found {
		n := pl.flow.objectNode(o)
		if old := pl.typed[n]; old != nil { // the same package without its tests
			t.bad = t.bad || old.bad
			for f, es := range old.edits {
				t.edits[f] = append(t.edits[f], es...) // mostly the same edits again
			}
			for f, ds := range old.dropped {
				for at, k := range ds {
					t.drop(f, at, k)
				}
			}
		}
		pl.typed[n] = t
	}
}

// literal returns the edits of the declaration's head, for a file that calls package pool by name.
func (t *typed) literal(name string) []edit {
	return []edit{{t.lit[0], t.lit[1], name + ".Of("}, {t.lit[2], t.lit[3], t.elem}}
}

// typedLiteral returns the variable that a literal is for, and what is known so far.
func (pl *Plan) typedLiteral(p *packages.Package, c inspector.Cursor) (types.Object, *typed) {
	lit := c.Node().(*ast.CompositeLit)
	f := pl.compiled(p, lit.Pos())
	if f == nil || len(lit.Elts) != 1 {
		return nil, nil
	}
	use := position{}
	for _, u := range f.uses {
		if lit.Type != nil && u.where == written(p.Fset, lit.Type) {
			use = u.where
		}
	}
	kv, ok := lit.Elts[0].(*ast.KeyValueExpr)
	if !ok || use == (position{}) {
		return nil, nil
	}
	newT, ok := kv.Value.(*ast.FuncLit)
	if !ok {
		return nil, nil
	}
	whole := ast.Expr(lit)
	if u, ok := c.Parent().Node().(*ast.UnaryExpr); ok && u.Op == token.AND {
		whole, c = u, c.Parent()
	}
	id := variable(c.Parent().Node())
	o := p.TypesInfo.Defs[id]
	if id == nil || o == nil || o.Parent() == p.Types.Scope() && o.Exported() && p.Name != "main" {
		return nil, nil
	}
	elem, result := returned(p.TypesInfo, newT)
	if elem == nil || hasReset(elem) {
		return nil, nil
	}
	name, ok := spell(p, lit.Pos(), elem)
	if !ok {
		return nil, nil
	}
	at := func(pos token.Pos) int { return p.Fset.PositionFor(pos, false).Offset }
	start, end := at(whole.Pos()), at(whole.End())
	if f.comments(start, at(newT.Pos())) || f.comments(at(newT.End()), end) {
		return nil, nil
	}
	t := &typed{name: id.Name, elem: name, file: f.name, use: use, t: elem}
	t.edits, t.dropped = map[string][]edit{}, map[string]map[int]importKey{}
	t.lit = [4]int{start, at(newT.Pos()), at(result.Pos()), at(result.End())}
	t.edits[f.name] = []edit{{at(newT.End()), end, ")"}}
	return o, t
}

// variable returns the one variable that a statement or declaration declares.
func variable(n ast.Node) *ast.Ident {
	switch n := n.(type) {
	case *ast.ValueSpec:
		if len(n.Names) == 1 && n.Type == nil {
			return n.Names[0]
		}
	case *ast.AssignStmt:
		if len(n.Lhs) == 1 && n.Tok == token.DEFINE {
			id, _ := n.Lhs[0].(*ast.Ident)
			return id
		}
	}
	return nil
}

// returned returns the one pointer type that a func() any returns, and where any is.
func returned(info *types.Info, f *ast.FuncLit) (types.Type, ast.Expr) {
	if f.Type.Results.NumFields() != 1 || len(f.Type.Results.List[0].Names) > 0 {
		return nil, nil
	}
	var t types.Type
	plain := true
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			got := info.TypeOf(n.Results[0])
			plain = plain && (t == nil || types.Identical(t, got))
			t = got
		}
		return true
	})
	if _, ok := t.(*types.Pointer); !ok || !plain {
		return nil, nil
	}
	return t, f.Type.Results.List[0].Type
}

// hasReset tells whether t is a pool.Resetter for plunge.
func hasReset(t types.Type) bool {
	o, _, _ := types.LookupFieldOrMethod(t, false, nil, "Reset")
	f, ok := o.(*types.Func)
	return ok && f.Signature().Params().Len() == 0 && f.Signature().Results().Len() == 0
}

// spell returns how a file writes a type at a position. It is false for types that are not simple to write.
func spell(p *packages.Package, pos token.Pos, t types.Type) (string, bool) {
	file := p.Types.Scope().Innermost(pos)
	ok := true
	means := func(name string, o types.Object) {
		_, got := file.LookupParent(name, pos)
		ok = ok && got == o
	}
	var check func(types.Type)
	check = func(t types.Type) {
		switch t := t.(type) {
		case *types.Basic:
			means(t.Name(), types.Universe.Lookup(t.Name()))
		case *types.Pointer:
			check(t.Elem())
		case *types.Slice:
			check(t.Elem())
		case *types.Array:
			check(t.Elem())
		case *types.Named:
			ok = ok && t.TypeArgs().Len() == 0
			if t.Obj().Pkg() == p.Types {
				means(t.Obj().Name(), t.Obj())
			}
		default:
			ok = false
		}
	}
	check(t)
	name := types.TypeString(t, func(other *types.Package) string {
		if other == p.Types {
			return ""
		}
		for s := file; s != nil; s = s.Parent() {
			for _, n := range s.Names() {
				if pn, is := s.Lookup(n).(*types.PkgName); is && pn.Imported() == other {
					means(n, pn)
					return n
				}
			}
		}
		ok = false
		return other.Name()
	})
	return name, ok
}

// typedUse adds the edits of one use of the variable, and tells whether it is a plain use.
func (pl *Plan) typedUse(p *packages.Package, c inspector.Cursor, t *typed) bool {
	f := pl.compiled(p, c.Node().Pos())
	sel, ok := c.Parent().Node().(*ast.SelectorExpr)
	if f == nil || !ok || sel.X != c.Node() {
		return false
	}
	c = c.Parent().Parent()
	call, ok := c.Node().(*ast.CallExpr)
	if !ok || call.Fun != sel {
		return false
	}
	at := func(pos token.Pos) int { return p.Fset.PositionFor(pos, false).Offset }
	rename := func(name string) {
		t.edits[f.name] = append(t.edits[f.name], edit{at(sel.Sel.Pos()), at(sel.Sel.End()), name})
	}
	switch sel.Sel.Name {
	case "Put":
		rename("Release")
		return types.Identical(p.TypesInfo.TypeOf(call.Args[0]), t.t)
	case "Get":
		c = c.Parent()
		assert, ok := c.Node().(*ast.TypeAssertExpr)
		if !ok || assert.Type == nil || !types.Identical(p.TypesInfo.TypeOf(assert.Type), t.t) || commaOK(c.Parent().Node()) ||
			f.comments(at(call.End()), at(assert.End())) {
			return false
		}
		rename("Acquire")
		t.edits[f.name] = append(t.edits[f.name], edit{at(call.End()), at(assert.End()), ""})
		ast.Inspect(assert.Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if pn, ok := p.TypesInfo.Uses[id].(*types.PkgName); ok {
					t.drop(f.name, at(id.Pos()), importKey{id.Name, pn.Imported().Path()})
				}
			}
			return true
		})
		return true
	}
	return false
}

// commaOK tells whether n has the form v, ok := with one value.
func commaOK(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return len(n.Lhs) != len(n.Rhs)
	case *ast.ValueSpec:
		return len(n.Names) != len(n.Values)
	}
	return false
}

func (t *typed) drop(file string, at int, k importKey) {
	if t.dropped[file] == nil {
		t.dropped[file] = map[int]importKey{}
	}
	t.dropped[file][at] = k
}
