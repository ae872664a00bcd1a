package repo

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxLines is the length above which a Go file has to be split. As a rule one
// has fewer than 300.
const maxLines = 400

// required is what the top level has. optional is what it may have besides: the nested modules, which a module's zip
// does not contain, packages to come, and what Go's own commands put there for one developer.
var (
	required = []string{
		"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md",
		"go.mod", "go.sum",
		"internal", "pool", "ring", "shard",
	}
	optional = []string{"bench", "buffers", "go.work", "go.work.sum", "vendor"}
)

// dependencies are the modules that the root's packages may import from.
var dependencies = []string{
	"github.com/dgryski/go-pcgr",
	"go.uber.org/atomic",
	"golang.org/x/sys",
}

// root returns the directory of the root module: of the go.mod next above.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the package's directory")
		}
		dir = parent
	}
}

// goFiles calls fn with the path, relative to the root and with slashes, and the text of every Go file of every
// module, except vendored modules and dot directories.
func goFiles(t *testing.T, fn func(path string, text []byte)) {
	t.Helper()
	fsys := os.DirFS(root(t))
	n := 0
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "vendor" || name != "." && strings.HasPrefix(name, ".") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		n++
		fn(path, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatal("found no Go file")
	}
}

// The linkname is what may break with a new Go; it is in one file, which a build
// tag excludes.
func TestLinknameOnlyInPin(t *testing.T) {
	const (
		directive  = "//go:" + "linkname "
		constraint = "//go:build "
		tag        = "!plunge_portable"
	)
	var with []string
	goFiles(t, func(path string, text []byte) {
		found, excluded := false, false
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			found = found || strings.HasPrefix(line, directive)
			excluded = excluded || strings.HasPrefix(line, constraint) && strings.Contains(line, tag)
		}
		if !found {
			return
		}
		with = append(with, path)
		if !strings.HasPrefix(path, "internal/pin/") {
			t.Errorf("%s has a linkname; only internal/pin may", path)
		}
		if !excluded {
			t.Errorf("%s has a linkname and no build tag %s", path, tag)
		}
	})
	if len(with) != 1 {
		t.Errorf("files with a linkname: got %d %q, want 1", len(with), with)
	}
}

func TestLayout(t *testing.T) {
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	for _, name := range required {
		if !slices.Contains(names, name) {
			t.Errorf("top level: %s is missing", name)
		}
	}
	for _, name := range names {
		if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			t.Errorf("top level: %s does not belong there", name)
		}
	}

	goFiles(t, func(path string, text []byte) {
		if got := bytes.Count(text, []byte("\n")); got > maxLines {
			t.Errorf("%s: got %d lines, want at most %d", path, got, maxLines)
		}
	})
}

// Every importer of the library gets its dependencies too, so there are three.
func TestDependencies(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	block := ""
	for line := range strings.Lines(string(text)) {
		line, comment, _ := strings.Cut(line, "//")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == ")":
			block = ""
		case len(f) == 2 && f[1] == "(":
			block = f[0]
		default:
			if block != "" {
				f = append([]string{block}, f...)
			}
			switch {
			case f[0] == "replace" || f[0] == "tool":
				t.Errorf("go.mod has %q; an importer's build does not see it", fmt.Sprint(f))
			case f[0] == "require" && strings.TrimSpace(comment) != "indirect":
				direct = append(direct, f[1])
			}
		}
	}
	slices.Sort(direct)
	if !slices.Equal(direct, dependencies) {
		t.Errorf("direct dependencies: got %q, want %q", direct, dependencies)
	}
}

// maxPage is how many lines the front page of a public package may have, as go doc prints it.
const maxPage = 60

func TestFrontPagesFit(t *testing.T) {
	pages := map[string]int{}
	goFiles(t, func(path string, text []byte) {
		dir := filepath.Dir(filepath.FromSlash(path))
		public := !strings.HasSuffix(path, "_test.go") && !bytes.Contains(text, []byte("\npackage main\n"))
		for _, part := range strings.Split(filepath.ToSlash(dir), "/") {
			public = public && part != "internal" && part != "testdata"
		}
		if public {
			pages[dir] = 0
		}
	})
	for dir := range pages {
		cmd := exec.Command("go", "doc")
		cmd.Dir = filepath.Join(root(t), dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go doc in %s: %v\n%s", dir, err, out)
		}
		pages[dir] = bytes.Count(out, []byte("\n"))
		if pages[dir] > maxPage {
			t.Errorf("%s: go doc prints %d lines, want at most %d", dir, pages[dir], maxPage)
		}
	}
	t.Logf("%v", pages)
}
