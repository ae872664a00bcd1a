package gosync

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// hooks are what the tests use of the runtime. They do not pin a goroutine: a Pool that waited while it is pinned
// would be a fault. told runs a collection and has the pools be told of it. It waits for a finalizer of its own and
// then a moment, because others run after it.
const hooks = `package gosync

import (
	"runtime"
	"time"
)

func Runtime_procPin() {}

func Runtime_procUnpin() {}

func told() {
	done := make(chan struct{})
	x := &[8]*int{}
	runtime.SetFinalizer(x, func(*[8]*int) { close(done) })
	x = nil
	runtime.GC()
	<-done
	time.Sleep(200 * time.Millisecond)
}

func runtime_blockUntilEmptyCleanupQueue(int64) {
	for range 12 { // what a P keeps for a second is collected as well
		runtime.GC()
		time.Sleep(100 * time.Millisecond)
	}
}
`

// changes are made in the text. Each has to be found.
var changes = [][2]string{
	{"import (", "import (\n\t. \"github.com/plungepool/plunge/pool/syncpool\""},
	{"\t. \"sync\"\n", ""},
	{"package sync_test", "package gosync"},
	// The order is not specified.
	{`Get(); g != "a" {`, `Get(); g != "a" && g != "b" {`},
	{`Get(); g != "b" {`, `Get(); g != "a" && g != "b" {`},
	{"runtime.GC()", "told()"},
}

// dropping sets DropOnGC in each pool.
var dropping = [][2]string{
	{"var p Pool\n", "p := Pool{DropOnGC: true}\n"},
	{"Pool{\n\t\tNew:", "Pool{\n\t\tDropOnGC: true, New:"},
}

// Go's tests of sync.Pool pass: all with DropOnGC, and without it all but those that a collection empties the pool.
// Tests of the queue that sync.Pool is made of are left out.
func TestGoTests(t *testing.T) {
	if testing.Short() || race.Enabled {
		t.Skip("runs the go command; Go's tests are not for the race detector")
	}
	if goEnv(t, "GOHOSTARCH") != runtime.GOARCH {
		t.Skip("the go command's tests are not for this machine")
	}
	tags := "-tags="
	if !pin.Exclusive {
		tags += "plunge_portable"
	}
	source, err := os.ReadFile(filepath.Join(goEnv(t, "GOROOT"), "src", "sync", "pool_test.go"))
	if err != nil {
		t.Skipf("no sources of Go: %v", err)
	}
	root := filepath.Dir(goEnv(t, "GOMOD"))
	text := withoutQueues(t, source)
	for _, c := range []struct {
		name, skip string
		changes    [][2]string
		tests      []string
	}{
		{"as it is", "^(TestPool|TestPoolRelease)$", changes, []string{"TestPoolNew", "TestPoolGC", "TestPoolStress", "TestNilPool"}},
		{"DropOnGC", "^$", slices.Concat(changes, dropping), []string{"TestPool", "TestPoolNew", "TestPoolGC", "TestPoolRelease", "TestPoolStress", "TestNilPool"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			changed := text
			for _, x := range c.changes {
				if !strings.Contains(changed, x[0]) {
					t.Fatalf("Go's tests have changed: %q is not in them", x[0])
				}
				changed = strings.ReplaceAll(changed, x[0], x[1])
			}
			write(t, dir, "pool_test.go", changed)
			write(t, dir, "hooks_test.go", hooks)
			mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
			if err != nil {
				t.Fatal(err)
			}
			const path = "github.com/plungepool/plunge"
			write(t, dir, "go.mod", strings.Replace(string(mod), "module "+path, "module gosync", 1)+
				"\nrequire "+path+" v0.0.0\n\nreplace "+path+" => "+strconv.Quote(root)+"\n")
			sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "go.sum", string(sum))
			cmd := exec.Command("go", "test", "-short", "-v", "-count=1", "-mod=mod", tags, "-bench=Pool(Overflow|Starvation)?$", "-benchtime=100x", "-skip="+c.skip, ".")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("go test: %v\n%s", err, out)
			}
			for _, name := range c.tests {
				if !bytes.Contains(out, []byte("--- PASS: "+name+" ")) {
					t.Errorf("%s did not pass\n%s", name, out)
				}
			}
		})
	}
}

// withoutQueues returns the source without the functions that are about the queue, and their types.
func withoutQueues(t *testing.T, source []byte) string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "pool_test.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && (strings.Contains(fn.Name.Name, "Dequeue") || strings.Contains(fn.Name.Name, "Chain"))
	})
	var b bytes.Buffer
	if err := format.Node(&b, fset, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Skipf("no go command: %v", err)
	}
	return strings.TrimSpace(string(out))
}
