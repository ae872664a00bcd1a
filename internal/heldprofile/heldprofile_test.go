package heldprofile

import (
	"runtime"
	"testing"
)

// The user's are functions of other modules, of this one's tests and of its bench, and no function of the runtime.
func TestForeign(t *testing.T) {
	self := module
	for _, c := range []struct {
		function, file string
		want           bool
	}{
		{"main.main", "main.go", true},
		{self + "pool.(*Pool[...]).Acquire", "pool.go", false},
		{self + "pool/resource.(*Pool[...]).Acquire", "pool.go", false},
		{self + "pool_test.TestX", "x_test.go", true},
		{self + "bench/internal/work.X", "x.go", true},
		{"runtime.gopanic", "panic.go", false},
	} {
		if got := Foreign(runtime.Frame{Function: c.function, File: c.file}); got != c.want {
			t.Errorf("%s in %s: got %v, want %v", c.function, c.file, got, c.want)
		}
	}
}

// A stack's own frames are those before the first frame of the user's. If all are own, there are none.
func TestFrames(t *testing.T) {
	var pcs [MaxStack]uintptr
	stack := pcs[:runtime.Callers(0, pcs[:])]
	all, own := Frames(stack) // runtime.Callers, then this function
	if own != 1 || len(all) < 3 || all[0].Function != "runtime.Callers" {
		t.Errorf("%d own of %v, want 1", own, all)
	}
	if all, own := Frames(stack[:1]); own != 0 || len(all) != 1 {
		t.Errorf("%d own of %d frames of the runtime alone, want 0 of 1", own, len(all))
	}
	if all, own := Frames(nil); own != 0 || all != nil {
		t.Errorf("an empty stack: got %v, %d", all, own)
	}
}
