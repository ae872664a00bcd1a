// Package each calls a function that may panic with every element of a slice.
package each

// Do calls do with every value in order. If do panics or calls runtime.Goexit over one, Do still calls it with the
// rest before the panic or the exit goes on. Each value over which do panics costs a stack frame.
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
