package pool

import (
	"reflect"
	"sync"
)

// process holds the process-wide pools by the type of their objects.
var process sync.Map // reflect.Type of T to *Pool[T]

// processWide returns the process-wide pool of T. The first call creates it, with options.
func processWide[T any](options func() Options[T]) *Pool[T] {
	key := reflect.TypeFor[T]()
	p, ok := process.Load(key)
	if !ok {
		p, _ = process.LoadOrStore(key, Must(New(options())))
	}
	return p.(*Pool[T])
}

// Slices returns the process-wide pool of slices of E. The first call sets its Options.MaxIdle to maxIdle; later
// calls do not change it. Slices panics if maxIdle is out of range.
//
// On Release the slice gets length 0, and the part of its array that was used is cleared, also above the length.
// The whole array belongs to the pool, also the part in front of s[1:]. So do not keep any part of it. (To keep
// the array, set the slice to nil before its Release.)
//
// If the array is not one of the pool's, for example because append allocated a new one, it is dropped. The
// slice then gets an array of the pool with the same capacity. The reason: a slice does not tell how large its
// array is.
//
// A slice of more than 1 MiB is dropped. A slice of more than 4 KiB is dropped after at most 16 uses that needed
// less than an eighth of it, unless other slices needed more in the meantime.
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

// Maps returns the process-wide pool of maps from K to V. The first call sets its Options.MaxIdle to maxIdle;
// later calls do not change it. Maps panics if maxIdle is out of range.
//
// A map is cleared on Release. Go's maps never give memory back. So a map of more than 1 MiB is dropped. A map
// of more than 4 KiB is dropped after at most 16 uses that needed less than an eighth of it, unless other maps
// needed more in the meantime. What a use needs is taken from the map's length at its Release. A map that is
// empty then does not count as a use.
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
