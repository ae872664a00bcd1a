package pool_test

import (
	"os"
	"testing"
)

// Most tests must get the objects released last, even if PLUNGE_CHECK makes all pools checked ones. The tests of
// quarantine set it themselves.
func TestMain(m *testing.M) {
	os.Setenv("PLUNGE_QUARANTINE", "0")
	os.Exit(m.Run())
}
