// Command gen writes the loops of package peer for every adapter there, and the registry of the adapters. The
// documentation of package peer says why, and how an adapter is declared.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"unicode"
)

//go:embed loops.tmpl
var loops string

func main() {
	dir := flag.String("dir", ".", "directory of the package `peer`")
	flag.Parse()
	files, err := generate(*dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(*dir, name), files[name], 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}

// kinds are the kinds of adapters, and looped the kinds for which loops are generated.
var (
	kinds  = []string{"pool", "bytes", "large", "of", "handles", "ring", "loops", "buffers", "fixed", "log"}
	looped = []string{"pool", "handles", "ring", "loops", "buffers", "fixed", "log"}
	yields = []string{"pool", "handles", "ring", "loops"} // whose loops need package runtime
)

// adapter is a type with a directive.
type adapter struct {
	Kind, Name, Type, New string
	Elem                  string // what its method get returns, if it has one
	place                 int
	methods               map[string]bool // those written by hand
}

// Lacks reports whether the adapter has no such method of its own, so that gen writes the usual one.
func (a adapter) Lacks(method string) bool { return !a.methods[method] }

// Boxed reports whether the buffers are pointers to slices.
func (a adapter) Boxed() bool { return strings.HasPrefix(a.Elem, "*") }

// generate returns the generated files by name.
func generate(dir string) (map[string][]byte, error) {
	t, err := template.New("").Parse(loops)
	if err != nil {
		return nil, err
	}
	sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	var all []adapter
	for _, source := range sources {
		adapters, err := read(source)
		if err != nil {
			return nil, err
		}
		all = append(all, adapters...)
		with := slices.DeleteFunc(slices.Clone(adapters), func(a adapter) bool { return !slices.Contains(looped, a.Kind) })
		if len(with) == 0 {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(source), ".go") + "_loops.go"
		data := struct {
			Adapters []adapter
			Yields   bool
		}{with, slices.ContainsFunc(with, func(a adapter) bool { return slices.Contains(yields, a.Kind) })}
		if files[name], err = render(t, "loops", data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	slices.SortStableFunc(all, func(a, b adapter) int { return a.place - b.place })
	files["registry.go"], err = render(t, "registry", all)
	return files, err
}

// read returns the adapters declared in a file.
func read(source string) ([]adapter, error) {
	f, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var adapters []adapter
	for _, d := range f.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok || d.Tok != token.TYPE || d.Doc == nil {
			continue
		}
		for _, c := range d.Doc.List {
			line, ok := strings.CutPrefix(c.Text, "//bench:")
			if !ok {
				continue
			}
			a := adapter{Type: d.Specs[0].(*ast.TypeSpec).Name.Name}
			if _, err := fmt.Sscanf(line, "%s %d %s", &a.Kind, &a.place, &a.Name); err != nil {
				return nil, fmt.Errorf("%s: %s: want //bench:kind place name", source, c.Text)
			}
			if !slices.Contains(kinds, a.Kind) {
				return nil, fmt.Errorf("%s: %s: no such kind", source, c.Text)
			}
			first := []rune(a.Type)
			first[0] = unicode.ToUpper(first[0])
			a.New = "new" + string(first)
			a.Elem, a.methods = methods(f, a.Type)
			adapters = append(adapters, a)
		}
	}
	return adapters, nil
}

// methods returns the methods of a type, and the type that its get returns.
func methods(f *ast.File, name string) (elem string, all map[string]bool) {
	all = map[string]bool{}
	for _, d := range f.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok || d.Recv == nil {
			continue
		}
		if of, ok := d.Recv.List[0].Type.(*ast.Ident); !ok || of.Name != name {
			continue
		}
		all[d.Name.Name] = true
		if d.Name.Name == "get" && d.Type.Results != nil {
			elem = types.ExprString(d.Type.Results.List[0].Type)
		}
	}
	return elem, all
}

// render executes a template and formats the result.
func render(t *template.Template, name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}
