package pool

import (
	"errors"
	"reflect"
	"unsafe"
)

// The panics for a nil that should be an object. A check for nil would slow every Release. So a pool without hooks,
// or whose Reset and Retain accept nil, hands nil out and takes it back. If Reset or Retain panics over nil, a
// second panic says why.
var (
	errNewNil      = errors.New("pool: New returned nil")
	errNilReleased = errors.New("pool: Release of nil")
)

// nilOf returns the function that reports whether a T is nil and so cannot be an object. It returns nil if T has no
// such value. (A nil slice is an object: an empty slice.)
func nilOf[T any]() func(T) bool {
	switch reflect.TypeFor[T]().Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Interface:
		return func(v T) bool { return isNil(&v) }
	}
	return nil
}

// isNil reports whether *v is nil. nilOf must have a function for T. Then *v is a pointer, or an interface: two
// words, the first of which is 0 if it is nil.
func isNil[T any](v *T) bool { return *(*unsafe.Pointer)(unsafe.Pointer(v)) == nil }

// blame panics if v is nil. Reset or Retain has panicked over v.
func blame[T any](v T) {
	if isNil := nilOf[T](); isNil != nil && isNil(v) {
		panic(errNilReleased)
	}
}

// newOne returns New. If a hook would get the nil that New returns, newOne wraps New so that it panics instead.
func (o *Options[T]) newOne() func() T {
	isNil, newT := nilOf[T](), o.New
	if isNil == nil || o.Reset == nil && o.Retain == nil && o.Validate == nil && o.Destroy == nil && o.Poison == nil {
		return newT
	}
	return func() T {
		v := newT()
		if isNil(v) {
			panic(errNewNil)
		}
		return v
	}
}
