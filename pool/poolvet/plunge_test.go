package poolvet

import (
	"go/types"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

const misuse = `package misuse

import (
	"sync"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
)

var one, two *pool.Pool[*int]

func used() { v := one.Acquire(); one.Release(v); *v = 1 }

func twice() { b := buffers.Acquire(1); buffers.Release(b); buffers.Release(b) }

func leaked() { l := one.Borrow(); _ = l.Value() }

func wrong() { two.Release(one.Acquire()) }

func boxed(p *sync.Pool, b []byte) { p.Put(b) }
`

// load loads packages of the module in dir, without tests, and their dependencies' types.
func load(t *testing.T, dir string, overlay map[string][]byte, patterns ...string) []*packages.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: dir, Overlay: overlay}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		for _, err := range p.Errors {
			t.Fatalf("%s: %v", p.ID, err)
		}
		p.Imports = nil // else the checker would ask the imports for facts, and without syntax they have none
	}
	return pkgs
}

// findings returns what the analyzers find, as "analyzer file: message".
func findings(t *testing.T, pkgs []*packages.Package) (found []string) {
	t.Helper()
	graph, err := checker.Analyze(Analyzers, pkgs, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range graph.Roots {
		if a.Err != nil {
			t.Errorf("%v: %v", a, a.Err)
		}
		for _, d := range a.Diagnostics {
			found = append(found, a.Analyzer.Name+" "+a.Package.Fset.Position(d.Pos).String()+": "+d.Message)
		}
	}
	return found
}

// Plunge's own packages and lincheck's have no findings. A package that misuses them has every finding.
func TestPlunge(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "internal", "misuse", "misuse.go")
	pkgs := load(t, root, map[string][]byte{file: []byte(misuse)}, "./...", "./internal/misuse")
	got := make(map[string]int)
	lincheck := load(t, filepath.Join(root, "internal", "check", "lincheck"), nil, "./...")
	for _, f := range append(findings(t, pkgs), findings(t, lincheck)...) {
		name, at, _ := strings.Cut(f, " ")
		if !strings.HasPrefix(at, file) {
			t.Errorf("a finding in plunge: %s", f)
			continue
		}
		got[name]++
	}
	for _, a := range Analyzers {
		if got[a.Name] != 1 {
			t.Errorf("%s: got %d findings in the misuse, want 1", a.Name, got[a.Name])
		}
	}
}

// Every function that api names exists in the package itself, not only in the test data.
func TestAPI(t *testing.T) {
	exists := make(map[string]*types.Package)
	for _, p := range load(t, "../..", nil, "./pool/...", "./buffers", "sync") {
		exists[p.PkgPath] = p.Types
	}
	for name := range api {
		slash := strings.LastIndexByte(name, '/') + 1
		parts := strings.Split(name[slash:], ".")
		p := exists[name[:slash]+parts[0]]
		if p == nil {
			t.Errorf("%s: there is no such package", name)
			continue
		}
		obj := p.Scope().Lookup(parts[1])
		if obj != nil && len(parts) == 3 {
			obj, _, _ = types.LookupFieldOrMethod(types.NewPointer(obj.Type()), true, p, parts[2])
		}
		if f, ok := obj.(*types.Func); !ok {
			t.Errorf("%s: there is no such function", name)
		} else if funcName(f) != name {
			t.Errorf("%s: its name is found to be %s", name, funcName(f))
		}
	}
}
