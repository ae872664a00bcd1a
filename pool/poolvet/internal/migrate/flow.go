package migrate

import (
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"

	"golang.org/x/tools/go/packages"
)

// node is a thing whose type has sync.Pool in it: a declared object, a place that names
// sync.Pool, a statement, a method's name. Objects are known by where they are declared, because
// the same package is type-checked once for itself and again with its tests.
type node string

// flow joins nodes that must have the same type. It joins too many rather than too few: all that one statement
// mentions.
type flow struct {
	fset    *token.FileSet
	ours    map[string]bool // paths of the packages that are rewritten
	modules map[string]*packages.Module
	parent  map[node]node
	stays   map[node]string // by root: why the nodes joined to it stay as they are
}

func newFlow(fset *token.FileSet) *flow {
	return &flow{
		fset:    fset,
		ours:    map[string]bool{},
		modules: map[string]*packages.Module{},
		parent:  map[node]node{},
		stays:   map[node]string{},
	}
}

func (g *flow) find(n node) node {
	for {
		p, ok := g.parent[n]
		if !ok {
			return n
		}
		if pp, ok := g.parent[p]; ok {
			g.parent[n] = pp
		}
		n = p
	}
}

func (g *flow) join(a, b node) {
	a, b = g.find(a), g.find(b)
	if a == b {
		return
	}
	g.parent[b] = a
	if why, ok := g.stays[b]; ok {
		delete(g.stays, b)
		g.keep(a, why)
	}
}

// keep notes that n, and all nodes joined to it, stay sync.Pools.
func (g *flow) keep(n node, why string) {
	if n = g.find(n); g.stays[n] == "" {
		g.stays[n] = why
	}
}

// why returns why n stays, or "".
func (g *flow) why(n node) string { return g.stays[g.find(n)] }

func useNode(file string, p position) node {
	return node(fmt.Sprintf("use %s:%d:%d", file, p.line, p.column))
}

func (g *flow) objectNode(o types.Object) node {
	p := g.fset.Position(o.Pos())
	return node(fmt.Sprintf("object %s %s:%d %s", o.Pkg().Path(), filepath.Base(p.Filename), p.Line, o.Name()))
}

// object joins an object to what mentions it, if sync.Pool is in its type.
func (g *flow) object(at node, o types.Object) {
	if o == nil || o.Pkg() == nil || o.Pkg().Path() == "sync" {
		return
	}
	switch v := o.(type) {
	case *types.Var:
		o = v.Origin()
	case *types.Func:
		o = v.Origin()
	case *types.TypeName:
	default:
		return
	}
	if !g.inType(o.Type()) {
		return
	}
	n := g.objectNode(o)
	g.join(at, n)
	if f, ok := o.(*types.Func); ok && f.Signature().Recv() != nil {
		g.join(n, node("method "+f.Name())) // of any type, because an interface may join types
	}
	if !g.ours[o.Pkg().Path()] {
		g.keep(n, g.foreign(o))
	}
}

// foreign says why an object of a package that is not rewritten keeps its pools.
func (g *flow) foreign(o types.Object) string {
	name := o.Pkg().Name() + "." + o.Name()
	if f, ok := o.(*types.Func); ok {
		if recv := f.Signature().Recv(); recv != nil {
			name = types.TypeString(recv.Type(), (*types.Package).Name) + "." + o.Name()
		}
	}
	where := "package " + o.Pkg().Path()
	if m := g.modules[o.Pkg().Path()]; m != nil && m.Path != "" && !m.Main {
		where = "module " + m.Path
	}
	return fmt.Sprintf("it meets %s of %s, which is not rewritten and has sync.Pool in its type", name, where)
}

// inType tells whether sync.Pool is a part of a type's identity.
func (g *flow) inType(t types.Type) bool { return g.search(t, map[types.Type]bool{}) }

func (g *flow) search(t types.Type, seen map[types.Type]bool) bool {
	t = types.Unalias(t)
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		if isPool(t) {
			return true
		}
		if in, ok := t.Underlying().(*types.Interface); ok {
			g.search(in, seen) // only for its methods, since its own identity is its name
		}
		for arg := range t.TypeArgs().Types() {
			if g.search(arg, seen) {
				return true
			}
		}
	case *types.Map:
		return g.search(t.Key(), seen) || g.search(t.Elem(), seen)
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		return g.search(t.Elem(), seen)
	case *types.Signature:
		return g.search(t.Params(), seen) || g.search(t.Results(), seen)
	case *types.Tuple:
		for v := range t.Variables() {
			if g.search(v.Type(), seen) {
				return true
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if g.search(f.Type(), seen) {
				return true
			}
		}
	case *types.Interface:
		found := false
		for m := range t.Methods() {
			if !g.search(m.Signature(), seen) {
				continue
			}
			found = true
			if m.Pkg() != nil && !g.ours[m.Pkg().Path()] {
				g.keep(node("method "+m.Name()), g.foreign(m))
			}
		}
		return found
	}
	return false
}

// isPool tells whether a type is sync.Pool or declared as one: type T sync.Pool.
func isPool(t *types.Named) bool {
	if o := t.Obj(); o.Pkg() != nil && o.Pkg().Path() == "sync" {
		return o.Name() == "Pool"
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || s.NumFields() == 0 {
		return false
	}
	// Only a type declared from sync.Pool has that package's private fields.
	for f := range s.Fields() {
		if f.Name() == "New" && f.Pkg() != nil && f.Pkg().Path() == "sync" {
			return true
		}
	}
	return false
}
