package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// program writes a module with one pool and changes to its directory.
func program(t *testing.T) {
	t.Helper()
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "off")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/app\n\ngo 1.26.0\n",
		"app.go": "package app\n\nimport \"sync\"\n\nvar pool sync.Pool\n",
		"tag.go": "//go:build tag\n\npackage app\n\nimport \"sync\"\n\nvar tagged = &sync.Pool{New: func() any { return new(int) }}\n\nvar one = tagged.Get().(*int)\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// -migrate prints findings, a diff or JSON, or changes the files, as its flags say.
func TestMigrate(t *testing.T) {
	for name, tc := range map[string]struct {
		args           string
		code           int
		stdout, stderr string // parts of them
		changed        bool
	}{
		"findings":       {"-migrate", 3, "", "app.go:5:10: sync.Pool can be a syncpool.Pool\n", false},
		"diff":           {"-migrate -diff ./...", 0, "\n+var pool syncpool.Pool\n", "", false},
		"diff, not fix":  {"-migrate -fix -diff", 0, "+var pool syncpool.Pool\n", "", false},
		"JSON":           {"-migrate -json .", 0, `"message": "sync.Pool can be a syncpool.Pool"`, "", false},
		"fix":            {"-migrate -fix .", 0, "", "2 pools in 2 files rewritten\npoolvet: now require plunge: go get ", true},
		"typed":          {"--migrate=typed -tags=tag", 3, "", "tag.go:7:15: sync.Pool can be a pool.Pool[*int]\n", false},
		"no such":        {"-migrate ./nothing", 1, "", "nothing", false},
		"other packages": {"-migrate fmt", 1, "", "no package of this module matches", false},
	} {
		t.Run(name, func(t *testing.T) {
			program(t)
			var stdout, stderr bytes.Buffer
			if code := run(strings.Fields(tc.args), &stdout, &stderr); code != tc.code {
				t.Errorf("exit code: got %d, want %d", code, tc.code)
			}
			if got := stdout.String(); !strings.Contains(got, tc.stdout) || tc.stdout == "" && got != "" {
				t.Errorf("stdout: got %q, want %q", got, tc.stdout)
			}
			if got := stderr.String(); !strings.Contains(got, tc.stderr) || tc.stderr == "" && got != "" {
				t.Errorf("stderr: got %q, want %q", got, tc.stderr)
			}
			text, err := os.ReadFile("app.go")
			if got := strings.Contains(string(text), "var pool syncpool.Pool\n"); err != nil || got != tc.changed {
				t.Errorf("app.go changed: got %v, want %v, %v", got, tc.changed, err)
			}
		})
	}
}

// Wrong flags are refused with exit code 2 and an error that says what is allowed.
func TestUsage(t *testing.T) {
	for args, want := range map[string]string{
		"-migrate -trial x":     "give one of them",
		"-migrate=more":         "want -migrate or -migrate=typed",
		"-migrate -plunge x":    "goes with -trial only",
		"-migrate -json -fix":   "does not go with -fix",
		"-trial x -fix":         "-fix does not go with -trial",
		"-trial x ./...":        "the module in the current directory",
		"-trial=":               "needs a directory",
		"-migrate -nosuch ./..": "nosuch",
	} {
		var stdout, stderr bytes.Buffer
		if code := run(strings.Fields(args), &stdout, &stderr); code != exitUsage || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: got exit code %d and %q, want %d and %q", args, code, &stderr, exitUsage, want)
		}
	}
	if lines := strings.Count(usage, "\n"); lines > 30 {
		t.Errorf("usage: got %d lines, want one screen", lines)
	}
}

// The command works as the tool of go vet.
func TestVettool(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "poolvet")
	if runtime.GOOS == "windows" {
		tool += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", tool, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	program(t)
	if out, err := exec.Command("go", "vet", "-vettool="+tool, "./...").CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
	if out, err := exec.Command(tool, "./...").CombinedOutput(); err != nil {
		t.Errorf("poolvet ./...: %v\n%s", err, out)
	}
	if out, err := exec.Command(tool, "-help").CombinedOutput(); err != nil || string(out) != usage {
		t.Errorf("poolvet -help: got %q, %v", out, err)
	}
}
