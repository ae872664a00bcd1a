package buffers_test

import (
	"os"
	"testing"
)

// The tests of what becomes of objects need those that were released last, also where
// PLUNGE_CHECK has all pools be checked ones. Those of quarantine ask for it.
func TestMain(m *testing.M) {
	os.Setenv("PLUNGE_QUARANTINE", "0")
	os.Exit(m.Run())
}
