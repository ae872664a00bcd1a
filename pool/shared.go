package pool

import (
	"reflect"
	"sync"
)

const (
	// maxSliceCap is the capacity in elements above which Slices do not retain
	// a slice.
	maxSliceCap = 64 << 10

	// maxMapLen is the number of keys above which Maps and Sets do not retain a
	// map, whose memory never shrinks.
	maxMapLen = 8 << 10
)

// process holds the process-wide pools by the type of their objects.
var process sync.Map // reflect.Type of T to *Pool[T]

// processWide returns the pool of T, which make makes on first use.
func processWide[T any](options func() Options[T]) *Pool[T] {
	key := reflect.TypeFor[T]()
	p, ok := process.Load(key)
	if !ok {
		p, _ = process.LoadOrStore(key, Must(New(options())))
	}
	return p.(*Pool[T])
}

// Slices returns the process-wide pool of slices of E. maxIdle is
// Options.MaxIdle; the first call's holds. It panics if that is a bad option. A
// slice is emptied on Release and the references in it cleared, over its whole
// capacity; one that has grown over 65,536 elements is not retained.
func Slices[E any](maxIdle int) *Pool[*[]E] {
	return processWide(func() Options[*[]E] {
		return Options[*[]E]{
			New: func() *[]E { return new([]E) },
			Retain: func(s *[]E) bool {
				if s == nil || cap(*s) > maxSliceCap {
					return false
				}
				clear((*s)[:cap(*s)])
				*s = (*s)[:0]
				return true
			},
			MaxIdle: maxIdle,
			Name:    "slices of " + reflect.TypeFor[E]().String(),
		}
	})
}

// Maps returns the process-wide pool of maps from K to V. maxIdle is
// Options.MaxIdle; the first call's holds. It panics if that is a bad option. A
// map is emptied on Release; one that then holds over 8,192 keys is not
// retained.
func Maps[K comparable, V any](maxIdle int) *Pool[map[K]V] {
	return processWide(func() Options[map[K]V] {
		return Options[map[K]V]{
			New: func() map[K]V { return make(map[K]V) },
			Retain: func(m map[K]V) bool {
				if m == nil || len(m) > maxMapLen {
					return false
				}
				clear(m)
				return true
			},
			MaxIdle: maxIdle,
			Name:    reflect.TypeFor[map[K]V]().String(),
		}
	})
}

// Sets returns the process-wide pool of sets of K, which is Maps of K and
// struct{}.
func Sets[K comparable](maxIdle int) *Pool[map[K]struct{}] { return Maps[K, struct{}](maxIdle) }

// BorrowSlice borrows an empty slice of E from Slices.
func BorrowSlice[E any]() Lease[*[]E] { return Slices[E](0).Borrow() }

// BorrowMap borrows an empty map from K to V from Maps.
func BorrowMap[K comparable, V any]() Lease[map[K]V] { return Maps[K, V](0).Borrow() }

// BorrowSet borrows an empty set of K from Sets.
func BorrowSet[K comparable]() Lease[map[K]struct{}] { return Sets[K](0).Borrow() }
