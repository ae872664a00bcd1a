package puddle

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "github.com/jackc/puddle/v2"          // whose tests are run
	_ "github.com/stretchr/testify/assert"  // which they use
	_ "github.com/stretchr/testify/require" // and this

	"github.com/plungepool/plunge/internal/race"
)

// path is puddle's. The temporary module has it, so that the tests import what is beside them.
const path = "github.com/jackc/puddle/v2"

// left are the tests that are not run, each with the reason. The other test files, export_test.go and
// resource_list_test.go, are about parts of puddle.
var left = map[string]string{
	"TestAcquireAllSem":                             "is of puddle's semaphore",
	"BenchmarkAcquire_MultipleCancelled":            "calls an Acquire for benchmarks, which does not look at its context first",
	"BenchmarkAcquire_MultipleCancelledWithCPULoad": "calls that too",
}

// words match the text of an expected panic. The tests check that there is a panic, and not what it says.
var words = regexp.MustCompile(`PanicsWithValue\(t, "[^"]*", `)

// last is what TestPoolStatResources does at its end, while an Acquire has a resource made for it. Puddle's Close
// then lets it have that; here Close refuses whoever waits. So settled waits for it first.
const (
	last    = "\tclose(endWaitChan)\n"
	settled = `
	for pool.Stat().IdleResources() < 2 {
		time.Sleep(time.Millisecond)
	}
`
)

// Puddle's tests pass, under the race detector as well where this one runs under it.
func TestPuddle(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	if strings.TrimSpace(run(t, ".", "env", "GOHOSTARCH")) != runtime.GOARCH {
		t.Skip("the go command's tests are not for this machine")
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(run(t, ".", "list", "-m", "-f", "{{.Dir}}", path)), "pool_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	text, want := without(t, source)
	if !words.MatchString(text) {
		t.Error("puddle's tests have changed: no words of a panic are in them")
	}
	text = words.ReplaceAllString(text, "Panics(t, ")
	const port = "127.0.0.1:8080" // others may have it
	if !strings.Contains(text, port) {
		t.Errorf("puddle's tests have changed: %s is not in them", port)
	}
	text = strings.ReplaceAll(text, port, free(t))
	if strings.Count(text, last) != 1 {
		t.Errorf("puddle's tests have changed: %q is not in them once", last)
	}
	text = strings.Replace(text, last, last+settled, 1)

	dir := t.TempDir()
	write(t, dir, "pool_test.go", text)
	adapter, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range adapter {
		if !strings.HasSuffix(name, "_test.go") {
			write(t, dir, name, read(t, name))
		}
	}
	root := filepath.Dir(strings.TrimSpace(run(t, ".", "env", "GOMOD")))
	write(t, dir, "go.mod", module(t, root))
	write(t, dir, "go.sum", read(t, filepath.Join(root, "go.sum")))
	args := []string{"test", "-v", "-count=1", "-mod=mod", "-vet=off", "-timeout=5m"}
	if race.Enabled {
		args = append(args, "-race")
	}
	out := run(t, dir, append(args, ".")...)
	for _, name := range want {
		if !strings.Contains(out, "--- PASS: "+name+" ") {
			t.Errorf("%s did not pass\n%s", name, out)
		}
	}
	t.Logf("%d tests passed", len(want))
}

// without returns the source without what is left out, and the names of the tests and examples in it.
func without(t *testing.T, source []byte) (text string, names []string) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "pool_test.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			return false
		}
		name := fn.Name.Name
		if why := left[name]; why != "" {
			t.Logf("%s is left out: it %s", name, why)
			found++
			f.Comments = slices.DeleteFunc(f.Comments, func(c *ast.CommentGroup) bool { return c.Pos() >= fn.Pos() && c.End() <= fn.End() })
			return true
		}
		if strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Example") {
			names = append(names, name)
		}
		return false
	})
	if found != len(left) {
		t.Errorf("puddle's tests have changed: got %d that are left out, want %d", found, len(left))
	}
	for _, d := range f.Decls {
		if imports, ok := d.(*ast.GenDecl); ok && imports.Tok == token.IMPORT {
			imports.Specs = slices.DeleteFunc(imports.Specs, func(s ast.Spec) bool {
				return strings.Contains(s.(*ast.ImportSpec).Path.Value, "semaphore") // nothing else uses it
			})
		}
	}
	var b bytes.Buffer
	if err := format.Node(&b, fset, f); err != nil {
		t.Fatal(err)
	}
	return b.String(), names
}

// module returns the go.mod of this module, changed to be puddle's.
func module(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(read(t, filepath.Join(root, "go.mod"))) {
		switch {
		case strings.HasPrefix(line, "module "):
			line = "module " + path + "\n"
		case strings.Contains(line, path):
			line = ""
		case strings.HasPrefix(line, "replace "):
			old, dir, _ := strings.Cut(strings.TrimSpace(line), " => ")
			line = fmt.Sprintf("%s => %s\n", old, strconv.Quote(filepath.Join(root, dir)))
		}
		b.WriteString(line)
	}
	return b.String()
}

// free returns an address of loopback that nobody listens to.
func free(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// run runs the go command.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "STRESS_TEST_DURATION=300ms")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.Bytes())
	}
	return string(out)
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
