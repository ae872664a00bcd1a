// Package each calls a function that may panic with every element of a slice.
package each

// Do calls do with every value in order. Where do panics or calls
// runtime.Goexit over one, it is called with the rest all the same before the
// panic or the exit goes on. Values over which do panics cost a stack frame
// each.
func Do[T any](vs []T, do func(T)) {
	i := 0
	defer func() {
		if i < len(vs) {
			Do(vs[i:], do)
		}
	}()
	for i < len(vs) {
		v := vs[i]
		i++
		do(v)
	}
}
