package pool

import (
	"reflect"
	"sync"
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
// Options.MaxIdle; the first call's holds. It panics if that is a bad option.
//
// A slice is emptied on Release. What was used of its array is cleared, also above the
// length. The array belongs to the pool with the slice: the part in front of
// s[1:] comes back, too, so keep no other part of it. (To keep the array, set the slice to
// nil before its Release.)
//
// An array that came from elsewhere, as by an append that had no room, is
// dropped, and the slice gets one of the pool's own with the same capacity: from a
// slice cannot be known how large its array is.
//
// A slice of over 1 MiB is not retained. One of over 4 KiB is dropped after at most 16 uses
// that needed less than an eighth of it, unless others meanwhile needed more. Elements without
// size have no array.
func Slices[E any](maxIdle int) *Pool[*[]E] {
	return processWide(func() Options[*[]E] {
		p := new(slicePool[E])
		return Options[*[]E]{
			New:     func() *[]E { return new([]E) },
			Retain:  p.retain,
			Size:    sliceBytes[E],
			MaxIdle: maxIdle,
			Name:    "slices of " + reflect.TypeFor[E]().String(),
		}
	})
}

// Maps returns the process-wide pool of maps from K to V. maxIdle is
// Options.MaxIdle; the first call's holds. It panics if that is a bad option.
//
// A map is emptied on Release. Its memory never shrinks. So one of over 1 MiB is not
// retained, however many keys it still has. One of over 4 KiB is dropped after at most 16 uses
// that needed less than an eighth of it, unless others meanwhile needed more. What a use
// needed is what the map holds at its Release. One that is empty then tells nothing.
func Maps[K comparable, V any](maxIdle int) *Pool[map[K]V] {
	return processWide(func() Options[map[K]V] {
		p := new(mapPool[K, V])
		return Options[map[K]V]{
			New:     func() map[K]V { return make(map[K]V) },
			Retain:  p.retain,
			Size:    mapBytes[K, V],
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
