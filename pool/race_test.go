package pool_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plungepool/plunge/internal/pin"
)

// TestRaceDetectorSeesMisuse builds programs with -race. Some touch an object after its Release; one does not.
// Although the engine uses plain memory, the detector must report the former and not the latter.
func TestRaceDetectorSeesMisuse(t *testing.T) {
	program := filepath.Join(t.TempDir(), "racy.exe")
	build := goCommand(t, "build", "-race", "-o", program, "./testdata/racy")
	if !pin.Exclusive {
		build.Args = append(build.Args[:2], append([]string{"-tags", "plunge_portable"}, build.Args[2:]...)...)
	}
	if out, err := build.CombinedOutput(); err != nil {
		for _, reason := range []string{"requires cgo", "not supported on", "C compiler", "not installed"} {
			if strings.Contains(string(out), reason) {
				t.Skipf("no race detector: %s", out)
			}
		}
		t.Fatalf("go build -race: %v\n%s", err, out)
	}
	for name, want := range map[string]bool{
		"touch":        true,
		"touch-shared": true,
		"batch":        true,
		"lease":        true,
		"clean":        false,
		"clean-shared": false,
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(program, name)
			cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
			out, err := cmd.CombinedOutput()
			if got := strings.Contains(string(out), "WARNING: DATA RACE"); got != want {
				t.Errorf("race reported: got %v, want %v\n%s", got, want, out)
			}
			if !strings.Contains(string(out), "done") {
				t.Errorf("program did not finish: %v\n%s", err, out)
			}
			if want && !strings.Contains(string(out), "racy/main.go") {
				t.Errorf("report: got no line of the program, want where it touches the object\n%s", out)
			}
			if want != (err != nil) {
				t.Errorf("exit: got %v, want failure to be %v", err, want)
			}
		})
	}
}
