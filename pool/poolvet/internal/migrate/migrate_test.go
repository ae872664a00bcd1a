package migrate

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what the plans give into the archives in testdata")

// unpack writes the files of an archive below dir, without those that are results.
func unpack(t *testing.T, a *txtar.Archive, dir string) {
	t.Helper()
	for _, f := range a.Files {
		if f.Name == "findings" || strings.HasPrefix(f.Name, "want/") {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// goRun runs the go command in dir.
func goRun(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// module unpacks a program of testdata. The program requires a stand-in for plunge.
func module(t *testing.T, name string) (dir string, a *txtar.Archive) {
	t.Helper()
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOWORK", "off")
	plunge, err := txtar.ParseFile("testdata/plunge.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if a, err = txtar.ParseFile(filepath.Join("testdata", name+".txtar")); err != nil {
		t.Fatal(err)
	}
	// The go command reports resolved names.
	tmp, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(tmp, name)
	unpack(t, plunge, filepath.Join(tmp, "plunge"))
	unpack(t, a, dir)
	goRun(t, dir, "mod", "edit", "-require="+Module+"@v0.0.0", "-replace="+Module+"=../plunge")
	return dir, a
}

// Every shape of pool in testdata is found. It is rewritten as the archive says, or left for the reason that the
// archive gives. The result builds, its tests pass as before, and formatted files stay formatted.
func TestPrograms(t *testing.T) {
	for _, name := range []string{"shapes", "files", "foreign", "typed", "cgo"} {
		t.Run(name, func(t *testing.T) {
			if name == "cgo" && os.Getenv("CGO_ENABLED") == "0" {
				t.Skip("needs cgo")
			}
			dir, a := module(t, name)
			goRun(t, dir, "test", "./...")
			o := Options{Dir: dir, Typed: name == "typed"}
			var findings bytes.Buffer
			if code := Run(o, Print, io.Discard, &findings); code != exitFound {
				t.Errorf("exit code: got %d, want %d", code, exitFound)
			}
			pl, err := Load(o)
			if err != nil {
				t.Fatal(err)
			}
			got := txtar.Archive{Comment: a.Comment}
			for _, f := range a.Files {
				if f.Name != "findings" && !strings.HasPrefix(f.Name, "want/") {
					got.Files = append(got.Files, f)
				}
			}
			for _, f := range pl.Files {
				rel, err := filepath.Rel(dir, f.Name)
				if err != nil {
					t.Fatal(err)
				}
				rel = filepath.ToSlash(rel)
				text, err := f.Rewritten()
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Equal(text, f.src) {
					continue
				}
				if old, err := format.Source(f.src); err == nil && bytes.Equal(old, f.src) {
					if now, err := format.Source(text); err != nil || !bytes.Equal(now, text) {
						t.Errorf("%s: not as gofmt has it", rel)
					}
				}
				got.Files = append(got.Files, txtar.File{Name: "want/" + rel, Data: text})
				if err := os.WriteFile(f.Name, text, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			lines := strings.SplitAfter(strings.ReplaceAll(findings.String(), dir+string(filepath.Separator), ""), "\n")
			slices.Sort(lines)
			got.Files = append(got.Files, txtar.File{Name: "findings", Data: []byte(filepath.ToSlash(strings.Join(lines, "")))})
			file := filepath.Join("testdata", name+".txtar")
			if *update {
				if err := os.WriteFile(file, txtar.Format(&got), 0o666); err != nil {
					t.Fatal(err)
				}
			} else if have, want := txtar.Format(&got), txtar.Format(a); !bytes.Equal(have, want) {
				t.Errorf("%s differs, see go test -update and git diff:\n%s", file, difference(want, have))
			}
			goRun(t, dir, "test", "./...")
		})
	}
}

// difference returns the first lines that differ.
func difference(want, got []byte) string {
	w, g := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d: got %q, want %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}
