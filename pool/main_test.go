package pool_test

import (
	"os"
	"testing"
)

// Most tests need the objects that were released last, even if PLUNGE_CHECK makes all pools checked ones. So this
// switches quarantine off. The tests of quarantine set it themselves.
func TestMain(m *testing.M) {
	os.Setenv("PLUNGE_QUARANTINE", "0")
	os.Exit(m.Run())
}
