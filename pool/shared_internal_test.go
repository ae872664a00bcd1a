package pool

import (
	"reflect"
	"testing"
)

// A caller that loses the race to create the pool gets the winner's pool.
func TestProcessWideMadeMeanwhile(t *testing.T) {
	type object struct{ _ int }
	t.Cleanup(func() { process.Delete(reflect.TypeFor[*object]()) }) // for -count
	options := func() Options[*object] {
		return Options[*object]{New: func() *object { return new(object) }}
	}
	var first *Pool[*object]
	got := processWide(func() Options[*object] {
		first = processWide(options)
		return options()
	})
	if got != first {
		t.Error("two first calls got a pool each, want one for both")
	}
	if again := processWide(options); again != first {
		t.Error("a later call got another pool than the first")
	}
}
