package repo

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/plungepool/plunge/internal/race"
)

// imports are what the README's pieces of programs may use.
var imports = []string{
	"bytes", "context", "fmt", "log/slog", "net/http", "testing", "time",
	"github.com/plungepool/plunge/buffers",
	"github.com/plungepool/plunge/pool",
	"github.com/plungepool/plunge/pool/pooldebug",
	"github.com/plungepool/plunge/pool/pooltest",
	"github.com/plungepool/plunge/pool/resource",
	"github.com/plungepool/plunge/pool/syncpool",
}

// program makes a block of the README a whole file: a program, a test, or statements of a function.
func program(block string) (name, text string) {
	if strings.HasPrefix(block, "package ") {
		return "main.go", block
	}
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n")
	code := regexp.MustCompile(`//.*`).ReplaceAllString(block, "")
	for _, path := range imports {
		if regexp.MustCompile(`\b` + filepath.Base(path) + `\.`).MatchString(code) {
			fmt.Fprintf(&b, "%q\n", path)
		}
	}
	b.WriteString(")\n\n")
	if strings.Contains(block, "func Test") {
		return "main_test.go", b.String() + block
	}
	return "main.go", b.String() + "func main() {\n" + block + "}\n"
}

// Each block of Go in the README compiles and runs.
func TestReadmeRuns(t *testing.T) {
	if race.Enabled {
		t.Skip("it runs programs built without the race detector")
	}
	root := root(t)
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 3 {
		t.Fatalf("README.md has %d blocks of Go", len(blocks))
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.work", "go 1.26.0\n\nuse .\nuse "+root+"\n")
	write("go.mod", "module readme\n\ngo 1.26.0\n")
	for i, block := range blocks {
		sub := fmt.Sprintf("block%d", i+1)
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
		name, text := program(block[1])
		write(sub+"/"+name, text)
		args := []string{"run", "./" + sub}
		if strings.HasSuffix(name, "_test.go") {
			args = []string{"test", "./" + sub}
		}
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK="+filepath.Join(dir, "go.work"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("go %s: %v\n%s\nof\n%s", strings.Join(args, " "), err, out, text)
		}
		if i == 0 && !strings.HasPrefix(string(out), "hello, gopher\n") {
			t.Errorf("the first program prints %q", out)
		}
	}
}
