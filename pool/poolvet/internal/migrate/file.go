package migrate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// Import paths.
const (
	Module   = "github.com/plungepool/plunge"
	SyncPool = Module + "/pool/syncpool"
	PoolPath = Module + "/pool"
)

// file is a parsed file of Go.
type file struct {
	name   string
	src    []byte
	fset   *token.FileSet
	syntax *ast.File
	uses   []use
	free   map[*ast.Ident]bool // names that the file does not declare, including those of imports
}

// use is a place that names sync.Pool, and how much of it to replace.
type use struct {
	expr  ast.Expr   // sync.Pool, or Pool with a dot import
	name  *ast.Ident // the package's name in it; nil with a dot import
	where position
}

// imported returns the import that the use names.
func (u use) imported() importKey {
	if u.name == nil {
		return importKey{".", "sync"}
	}
	return importKey{u.name.Name, "sync"}
}

// position is a line and a column, both from 1.
type position struct{ line, column int }

func (p position) String() string { return fmt.Sprintf("%d:%d", p.line, p.column) }

// parse returns the parsed file with its uses of sync.Pool in the order of the text.
func parse(name string, src []byte) (*file, error) {
	f := &file{name: name, src: src, fset: token.NewFileSet(), free: map[*ast.Ident]bool{}}
	var err error
	// This uses the parser's own resolution of names, which is within the file and needs no types.
	f.syntax, err = parser.ParseFile(f.fset, name, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	for _, id := range f.syntax.Unresolved {
		f.free[id] = true
	}
	names, dot := f.syncNames()
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && f.free[x] && names[x.Name] && n.Sel.Name == "Pool" {
				f.uses = append(f.uses, use{expr: n, name: x, where: f.position(n.Pos())})
				return false
			}
		case *ast.Ident:
			if dot && f.free[n] && n.Name == "Pool" {
				f.uses = append(f.uses, use{expr: n, where: f.position(n.Pos())})
			}
		}
		return true
	})
	return f, nil
}

// syncNames returns the names under which the file imports sync, and whether it does so with a dot.
func (f *file) syncNames() (names map[string]bool, dot bool) {
	names = map[string]bool{}
	for _, spec := range f.imports("sync") {
		if spec.Name != nil && spec.Name.Name == "." {
			dot = true
		} else {
			names[importName(spec)] = true
		}
	}
	return names, dot
}

// imports returns the file's imports of a package.
func (f *file) imports(path string) []*ast.ImportSpec {
	var specs []*ast.ImportSpec
	for _, spec := range f.syntax.Imports {
		if importPath(spec) == path {
			specs = append(specs, spec)
		}
	}
	return specs
}

// offset returns where in the source pos is.
func (f *file) offset(pos token.Pos) int { return f.fset.PositionFor(pos, false).Offset }

func (f *file) position(pos token.Pos) position {
	p := f.fset.PositionFor(pos, false)
	return position{p.Line, p.Column}
}

// identifiers adds every name that the file declares or uses, except those that follow a dot.
func (f *file) identifiers(names map[string]bool) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			names[n.Name] = true
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				names[x.Name] = true
				return false
			}
		}
		return true
	})
}

// declared adds the names that the file declares in its package's scope.
func (f *file) declared(names map[string]bool) {
	for name := range f.syntax.Scope.Objects {
		names[name] = true
	}
}

// comments tells whether a comment begins between two offsets.
func (f *file) comments(start, end int) bool {
	return slices.ContainsFunc(f.syntax.Comments, func(c *ast.CommentGroup) bool {
		at := f.offset(c.Pos())
		return start <= at && at < end
	})
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	return p
}

// importName returns the name of an import. If it has none, the name is the end of its path, which is right for the
// packages of interest here.
func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	return path.Base(importPath(spec))
}
