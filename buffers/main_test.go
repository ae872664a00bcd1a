package buffers_test

import (
	"os"
	"testing"
)

// The tests of what becomes of buffers need those that were released last, in checked pools (PLUNGE_CHECK), too. So
// quarantine is off; the tests of quarantine turn it on.
func TestMain(m *testing.M) {
	os.Setenv("PLUNGE_QUARANTINE", "0")
	os.Exit(m.Run())
}
