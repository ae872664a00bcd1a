package pool_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// goCommand returns the go command of the toolchain that runs this test, or skips the test if there is none.
func goCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the go command")
	}
	path, err := exec.LookPath("go")
	if err != nil {
		t.Skipf("no go command: %v", err)
	}
	return exec.Command(path, args...)
}

// go vet reports copies of leases, and of pools, which are fields and elements of arrays by value.
func TestVetReportsCopies(t *testing.T) {
	for name, want := range map[string][]string{
		"copylease": {"8", "15", "18"},
		"copypool":  {"16", "18", "22", "22", "28"},
	} {
		out, err := goCommand(t, "vet", "-copylocks", "./testdata/"+name).CombinedOutput()
		if err == nil {
			t.Fatalf("go vet: got no error, want copies reported\n%s", out)
		}
		var lines []string
		for line := range strings.Lines(string(out)) {
			if _, message, ok := strings.Cut(line, name+".go:"); ok {
				n, message, _ := strings.Cut(message, ":")
				lines = append(lines, n)
				if !strings.Contains(message, "lock by value") && !strings.Contains(message, "copies lock") {
					t.Errorf("go vet: got %q, want a copied lock", line)
				}
			}
		}
		if !slices.Equal(lines, want) {
			t.Errorf("go vet of %s: got reports in lines %v, want %v\n%s", name, lines, want, out)
		}
	}
}
