package flat

import (
	"fmt"
	"testing"
)

func TestForms(t *testing.T) {
	f := New("b", uint64(1), "a", "x", "c", 2)
	if m := f.Map(); len(m) != 3 || m["b"] != uint64(1) || m["a"] != "x" || m["c"] != 2 {
		t.Errorf("map %v", m)
	}
	if got, want := fmt.Sprint(f.LogValue().Group()), "[b=1 a=x c=2]"; got != want {
		t.Errorf("group %s, want %s", got, want)
	}
}
