package migrate

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ast/inspector"
)

// pools counts the pools that uses declare: variables, fields, arrays (which count once), and literals that are not
// the value of one of these. A *sync.Pool does not count: its pool counts where it is made.
func (f *file) pools(uses []use) int {
	exprs := map[ast.Expr]bool{}
	for _, u := range uses {
		exprs[u.expr] = true
	}
	n := 0
	for c := range inspector.New([]*ast.File{f.syntax}).Root().Preorder((*ast.SelectorExpr)(nil), (*ast.Ident)(nil)) {
		if exprs[c.Node().(ast.Expr)] && declares(c) {
			n++
		}
	}
	return n
}

// declares tells whether sync.Pool at c makes a pool.
func declares(c inspector.Cursor) bool {
	p := c.Parent()
	switch n := p.Node().(type) {
	case *ast.StarExpr, *ast.ParenExpr, *ast.TypeAssertExpr, *ast.CaseClause:
		return false
	case *ast.Field: // of a struct, not a parameter
		_, param := p.Parent().Parent().Node().(*ast.FuncType)
		return !param
	case *ast.TypeSpec: // type T sync.Pool: the pools are the variables
		return false
	case *ast.CompositeLit:
		// The type of a literal. A &sync.Pool{…} is a pool of its own.
		switch n := p.Parent().Node().(type) {
		case *ast.KeyValueExpr:
			return false
		case *ast.AssignStmt:
			return n.Tok == token.DEFINE
		}
	case *ast.ValueSpec:
		return n.Type == c.Node()
	}
	return true
}
