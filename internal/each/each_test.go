package each

import (
	"runtime"
	"slices"
	"testing"
)

func TestDo(t *testing.T) {
	vs := []int{0, 1, 2, 3, 4, 5}
	for name, fail := range map[string]func(){
		"returns": func() {},
		"panics":  func() { panic("fault") },
		"exits":   runtime.Goexit,
	} {
		var seen []int
		done := make(chan any)
		go func() {
			returned := false
			defer func() {
				done <- []any{recover(), returned}
			}()
			Do(vs, func(v int) {
				seen = append(seen, v)
				if v == 1 || v == 2 || v == 5 {
					fail()
				}
			})
			returned = true
		}()
		how := (<-done).([]any)
		if !slices.Equal(seen, vs) {
			t.Errorf("do %s: called with %v, want %v", name, seen, vs)
		}
		if want := name == "returns"; how[1] != want {
			t.Errorf("do %s: Do returned: got %v, want %v", name, how[1], want)
		}
		if want := name == "panics"; (how[0] == "fault") != want {
			t.Errorf("do %s: recovered %v", name, how[0])
		}
	}
}
