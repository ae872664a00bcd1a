package pool

import (
	"reflect"
	"unsafe"
)

// identity is how a checked pool recognizes an object. at is nil for an object that cannot be told from others: it
// is only counted.
type identity struct {
	at   unsafe.Pointer
	size uintptr // of a slice's array in bytes, else 0

	points uintptr // the bytes that a pointer points at, else 0
	null   bool    // the object is nil, and a nil T is no object
}

// identityOf returns the function that identifies objects of type T, and whether
// T is a slice.
func identityOf[T any]() (identify func(T) identity, slice bool) {
	t := reflect.TypeFor[T]()
	switch {
	case isReference(t):
		points := pointsAt(t)
		return func(v T) identity {
			return identity{at: *(*unsafe.Pointer)(unsafe.Pointer(&v)), points: points} // one word
		}, false
	case t.Kind() == reflect.Slice && t.Elem().Size() > 0:
		size := t.Elem().Size()
		return func(v T) identity {
			s := *(*[]struct{})(unsafe.Pointer(&v)) // reads the header of any slice type
			if cap(s) == 0 {
				return identity{}
			}
			// The end of the array: cutting off elements at the front does not move it.
			bytes := uintptr(cap(s)) * size
			return identity{at: unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), bytes-1), size: bytes}
		}, true
	case t.Kind() == reflect.Interface:
		return func(v T) identity {
			r := reflect.ValueOf(v)
			if !r.IsValid() || !isReference(r.Type()) {
				return identity{}
			}
			return identity{at: r.UnsafePointer(), points: pointsAt(r.Type())}
		}, false
	}
	return func(T) identity { return identity{} }, false
}

// hasIdentity reports whether objects of type T, or some of them, can be told apart.
func hasIdentity[T any]() bool {
	t := reflect.TypeFor[T]()
	return isReference(t) || t.Kind() == reflect.Slice && t.Elem().Size() > 0 || t.Kind() == reflect.Interface
}

// isReference reports whether a value of t is one pointer that identifies its object. (A function is not: functions
// of the same code without variables share one pointer.)
func isReference(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer:
		return t.Elem().Size() > 0 // all pointers to empty values may be equal
	case reflect.Map, reflect.Chan, reflect.UnsafePointer:
		return true
	}
	return false
}

// pointsAt returns the size of what a pointer of type t points at, 0 if t is no pointer type.
func pointsAt(t reflect.Type) uintptr {
	if t.Kind() != reflect.Pointer {
		return 0
	}
	return t.Elem().Size()
}
