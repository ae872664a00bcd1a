package poolvet

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// go vet -vettool fails for a module with a finding, and prints the finding. It passes for a module without
// findings.
func TestGoVet(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "poolvet.exe")
	if out, err := exec.Command("go", "build", "-o", tool, "./cmd/poolvet").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for name, test := range map[string]struct{ body, want string }{
		"bad":  {"p.Put(v); return *v", "a.go:7:54: v is used after its release on line 7: release it after the last use"},
		"good": {"defer p.Put(v); return *v", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{
				"go.mod": "module example.com/m\n\ngo 1.26\n",
				"a.go":   "package m\n\nimport \"sync\"\n\nvar p sync.Pool\n\nfunc f() int { v := p.Get().(*int); " + test.body + " }\n",
			} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("go", "vet", "-vettool="+tool, "./...")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOWORK=off")
			out, err := cmd.CombinedOutput()
			if (err != nil) != (test.want != "") || !strings.Contains(string(out), test.want) {
				t.Errorf("go vet: got %v and\n%s\nwant %q", err, out, test.want)
			}
		})
	}
}
