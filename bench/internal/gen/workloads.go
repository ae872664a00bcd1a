package main

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

//go:embed workloads.tmpl
var workloads string

// workload is a function with a directive that returns cases.
type workload struct {
	Func  string
	place int
}

// generateWorkloads returns the generated file of package work by name.
func generateWorkloads(dir string) (map[string][]byte, error) {
	t, err := template.New("workloads").Parse(workloads)
	if err != nil {
		return nil, err
	}
	sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var all []workload
	for _, source := range sources {
		of, err := readWorkloads(source)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	slices.SortStableFunc(all, func(a, b workload) int { return a.place - b.place })
	text, err := render(t, "workloads", all)
	return map[string][]byte{"registry.go": text}, err
}

// readWorkloads returns the workloads declared in a file.
func readWorkloads(source string) ([]workload, error) {
	f, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var all []workload
	for _, d := range f.Decls {
		d, ok := d.(*ast.FuncDecl)
		if !ok || d.Doc == nil {
			continue
		}
		for _, c := range d.Doc.List {
			line, ok := strings.CutPrefix(c.Text, "//bench:workload")
			if !ok {
				continue
			}
			w := workload{Func: d.Name.Name}
			if _, err := fmt.Sscanf(line, "%d", &w.place); err != nil {
				return nil, fmt.Errorf("%s: %s: want //bench:workload place", source, c.Text)
			}
			all = append(all, w)
		}
	}
	return all, nil
}
