package pool

import "reflect"

// resetOf returns T's Reset method as a function, nil if T is no Resetter.
//
// It looks the method up once. So a call needs no interface value, which would be an allocation for a T that is not
// a pointer, and no method table.
func resetOf[T any]() func(T) {
	t := reflect.TypeFor[T]()
	if !t.Implements(reflect.TypeFor[Resetter]()) {
		return nil
	}
	if t.Kind() == reflect.Interface {
		return func(v T) { any(v).(Resetter).Reset() }
	}
	m, _ := t.MethodByName("Reset") // by a constant name, which the linker can follow
	return m.Func.Interface().(func(T))
}
