package trial

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// root is the directory of plunge itself.
const root = "../../../.."

// unpack returns a directory with the programs of testdata.
func unpack(t *testing.T) string {
	t.Helper()
	a, err := txtar.ParseFile("testdata/program.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range a.Files {
		write(t, filepath.Join(dir, filepath.FromSlash(f.Name)), string(f.Data))
	}
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// goRun runs the go command and returns what it printed.
func goRun(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("go %s in %s: %v\n%s", strings.Join(args, " "), dir, err, out)
	}
	return string(out)
}

// A copy of a program builds, passes vet and its tests, and runs its benchmarks. Plunge replaces every sync.Pool of
// the program and its dependencies, and no other. The original does not change.
func TestRun(t *testing.T) {
	t.Setenv("GOWORK", "off")
	t.Setenv("GOFLAGS", "-mod=readonly") // the commands in the copy must not inherit this
	dir := unpack(t)
	app, to := filepath.Join(dir, "app"), filepath.Join(dir, "trial")
	goRun(t, app, []string{"GOFLAGS=-mod=mod"}, "mod", "tidy")
	write(t, filepath.Join(app, ".git", "HEAD"), "no history\n")
	if err := os.Symlink("hello.txt", filepath.Join(app, "linked.txt")); err != nil {
		t.Log("no links here:", err)
	}
	before := read(t, dir)
	s, err := Run(Options{Dir: app, To: to, Plunge: root})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range read(t, dir) {
		if old := before[name]; old != text && !strings.HasPrefix(name, "trial") {
			t.Errorf("%s changed:\n%s", name, text)
		}
	}

	want := "4 pools of example.com/app in 3 packages now use plunge.\n" +
		"  2         own  example.com/app\n" +
		"  1  dependency  example.com/lib\n" +
		"  1  dependency  go.uber.org/multierr\n"
	if got := s.String(); !strings.HasPrefix(got, want) {
		t.Errorf("summary: got\n%s\nwant\n%s", got, want)
	}
	if lines := strings.Count(s.String(), "\n"); lines > 24 {
		t.Errorf("summary: got %d lines, want one screen", lines)
	}

	env := []string{"GOFLAGS=", "WANT_PLUNGE=1"}
	goRun(t, to, env, "build", "./...")
	goRun(t, to, env, "vet", "./...")
	if out := goRun(t, to, env, "test", "-bench=.", "-benchtime=1x"); !strings.Contains(out, "Benchmark") {
		t.Errorf("no benchmark ran:\n%s", out)
	}
	if got := goRun(t, to, env, "list", "-m", "-f", "{{.GoVersion}}"); got != "1.21\n" {
		t.Errorf("version of Go: got %q, want 1.21", got)
	}
	for name, has := range map[string]bool{
		"app.go": true, "pool_windows.go": true, "vendor/go.uber.org/multierr/error.go": true, "vendor/example.com/lib/lib.go": true,
		"testdata/data.go": false, "tool/tool.go": false, "linked.txt": false,
		"vendor/github.com/plungepool/plunge/pool/syncpool/syncpool.go": false,
	} {
		text, err := os.ReadFile(filepath.Join(to, filepath.FromSlash(name)))
		if err != nil {
			t.Error(err)
		} else if got := strings.Contains(string(text), `plunge/pool/syncpool"`); got != has {
			t.Errorf("%s imports syncpool: got %v, want %v", name, got, has)
		}
	}
	if _, err := os.Stat(filepath.Join(to, ".git")); err == nil {
		t.Error("the copy has the original's history")
	}
}

// read returns the texts of all files below a directory.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		texts[rel] = string(text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return texts
}

// A program that cannot be copied is refused before anything is written. The error says what to do instead.
func TestRefused(t *testing.T) {
	t.Setenv("GOWORK", "")
	t.Setenv("GOFLAGS", "")
	dir := unpack(t)
	app := filepath.Join(dir, "app")
	write(t, filepath.Join(dir, "full", "file"), "")
	write(t, filepath.Join(dir, "none", "file"), "")
	write(t, filepath.Join(dir, "work", "go.work"), "go 1.21\n\nuse ./m\n")
	write(t, filepath.Join(dir, "work", "m", "go.mod"), "module example.com/m\n\ngo 1.21\n")
	write(t, filepath.Join(dir, "plunge", "go.mod"), "module github.com/plungepool/plunge\n")
	for name, tc := range map[string]struct {
		o    Options
		want string
	}{
		"no module":         {Options{Dir: filepath.Join(dir, "none")}, "change to the directory"},
		"workspace":         {Options{Dir: filepath.Join(dir, "work", "m")}, "set GOWORK=off"},
		"not empty":         {Options{To: filepath.Join(dir, "full")}, "give a directory that is"},
		"a file":            {Options{To: filepath.Join(dir, "full", "file")}, "file"},
		"within":            {Options{To: filepath.Join(app, "new", "trial")}, "outside of"},
		"in workspace":      {Options{To: filepath.Join(dir, "work", "trial")}, "elsewhere"},
		"not plunge":        {Options{Plunge: filepath.Join(dir, "lib")}, "not github.com/plungepool/plunge"},
		"old plunge":        {Options{Plunge: filepath.Join(dir, "plunge")}, "newer version"},
		"nothing":           {Options{Plunge: filepath.Join(dir, "none")}, "go.mod"},
		"plunge itself":     {Options{Dir: filepath.Join(dir, "plunge")}, "is plunge itself"},
		"the module itself": {Options{To: app}, "not empty"},
	} {
		t.Run(name, func(t *testing.T) {
			o := tc.o
			if o.Dir == "" {
				o.Dir = app
			}
			to := filepath.Join(dir, "trial")
			if o.To == "" {
				o.To = to
			}
			if _, err := Run(o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
			if _, err := os.Stat(to); err == nil {
				t.Error("a directory was written")
			}
		})
	}
}
