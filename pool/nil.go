package pool

import (
	"errors"
	"reflect"
	"unsafe"
)

// The panics of a nil where there must be an object. A pool without hooks hands nil out and takes it
// back, and so does one whose Reset and Retain put up with nil: to look for it would cost every Release
// something. Where they panic over it that panic is followed by one that says why.
var (
	errNewNil      = errors.New("pool: New returned nil")
	errNilReleased = errors.New("pool: Release of nil")
)

// nilOf returns the function that tells a nil T that cannot be an object. It returns nil if no T is
// one: a nil slice is an empty one.
func nilOf[T any]() func(T) bool {
	switch reflect.TypeFor[T]().Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Interface:
		return func(v T) bool { return isNil(&v) }
	}
	return nil
}

// isNil reports whether *v is nil, of a type that nilOf has a function for: it is a pointer, or two words of which the first
// is 0 in a nil interface.
func isNil[T any](v *T) bool { return *(*unsafe.Pointer)(unsafe.Pointer(v)) == nil }

// blame panics if v is nil, which Reset or Retain panicked over.
func blame[T any](v T) {
	if isNil := nilOf[T](); isNil != nil && isNil(v) {
		panic(errNilReleased)
	}
}

// newOne returns New, which panics instead of returning nil where a hook would get that.
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
