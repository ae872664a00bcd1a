package migrate

import (
	"go/ast"

	"golang.org/x/tools/go/ast/inspector"
)

// exported tells whether importers of the package can see a use: whether it is in the type of an exported function,
// method, variable, type or field.
func (f *file) exported(u use) bool {
	c, ok := inspector.New([]*ast.File{f.syntax}).Root().FindNode(u.expr)
	if !ok {
		return false
	}
	for {
		child := c
		c = c.Parent()
		switch n := c.Node().(type) {
		case nil, *ast.File:
			return true
		case *ast.FuncDecl:
			return child.Node() == ast.Node(n.Type) && n.Name.IsExported() && (n.Recv == nil || receiver(n).IsExported())
		case *ast.BlockStmt, *ast.FuncLit:
			return false
		case *ast.TypeSpec:
			if !n.Name.IsExported() {
				return false
			}
		case *ast.Field:
			if len(n.Names) > 0 && !anyExported(n.Names) {
				if _, param := c.Parent().Parent().Node().(*ast.FuncType); !param {
					return false
				}
			}
		case *ast.ValueSpec:
			if !anyExported(n.Names) {
				return false
			}
		case *ast.KeyValueExpr, *ast.CallExpr:
			return false // within a value
		}
	}
}

func anyExported(names []*ast.Ident) bool {
	for _, n := range names {
		if n.IsExported() {
			return true
		}
	}
	return false
}

// receiver returns the name of the type that a method belongs to.
func receiver(f *ast.FuncDecl) *ast.Ident {
	var id *ast.Ident
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if x, ok := n.(*ast.Ident); ok && id == nil {
			id = x
		}
		return id == nil
	})
	return id
}

// asserted tells whether a use is the type of a type assertion or of a case in a type switch.
func (f *file) asserted(u use) bool {
	c, ok := inspector.New([]*ast.File{f.syntax}).Root().FindNode(u.expr)
	for ok {
		c = c.Parent()
		switch c.Node().(type) {
		case *ast.TypeAssertExpr, *ast.CaseClause:
			return true
		case *ast.StarExpr, *ast.ParenExpr:
		default:
			return false
		}
	}
	return false
}
