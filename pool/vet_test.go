package pool_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// goCommand returns the go command of the toolchain that runs this test, or
// skips the test where there is none.
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

func TestVetReportsCopiedLeases(t *testing.T) {
	out, err := goCommand(t, "vet", "-copylocks", "./testdata/copylease").CombinedOutput()
	if err == nil {
		t.Fatalf("go vet: got no error, want copies reported\n%s", out)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		if _, message, ok := strings.Cut(line, "copylease.go:"); ok {
			n, message, _ := strings.Cut(message, ":")
			lines = append(lines, n)
			if !strings.Contains(message, "lock by value") && !strings.Contains(message, "copies lock value") {
				t.Errorf("go vet: got %q, want a copied lock", line)
			}
		}
	}
	if want := []string{"8", "15", "18"}; !slices.Equal(lines, want) {
		t.Errorf("go vet: got reports in lines %v, want %v\n%s", lines, want, out)
	}
}
