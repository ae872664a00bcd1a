package pool

import (
	"reflect"
	"sync"
	"unsafe"
)

// The process-wide pools of slices all have the same T, *header, and those of maps unsafe.Pointer. In memory such a Pool
// is the same as a Pool of *[]E or of map[K]V, which is what users get. So the code that makes a pool, and that a pool
// calls itself, is in a program once and not for each type. A program with pools of four types of slices and two of
// maps is smaller by 900 KB.

// header is any slice.
type header struct {
	_      unsafe.Pointer
	_, cap int
}

// process holds the process-wide pools by the type of their objects.
var process sync.Map // reflect.Type to *Pool[*header] or *Pool[unsafe.Pointer]

// processWide returns the process-wide pool of the objects of a type. The first call creates it, with options.
func processWide[T any](key reflect.Type, options func() Options[T]) *Pool[T] {
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
	return (*Pool[*[]E])(unsafe.Pointer(slicesOf[E](maxIdle)))
}

func slicesOf[E any](maxIdle int) *Pool[*header] {
	return processWide(reflect.TypeFor[*[]E](), func() Options[*header] {
		p := new(slicePool[E])
		return Options[*header]{
			New:     func() *header { return (*header)(unsafe.Pointer(new([]E))) },
			Retain:  func(s *header) bool { return p.retain((*[]E)(unsafe.Pointer(s))) },
			Size:    func(s *header) int64 { return sliceBytes((*[]E)(unsafe.Pointer(s))) },
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
	return (*Pool[map[K]V])(unsafe.Pointer(mapsOf[K, V](maxIdle)))
}

func mapsOf[K comparable, V any](maxIdle int) *Pool[unsafe.Pointer] {
	key := reflect.TypeFor[map[K]V]()
	return processWide(key, func() Options[unsafe.Pointer] {
		p := new(mapPool[K, V])
		return Options[unsafe.Pointer]{
			New: func() unsafe.Pointer {
				m := make(map[K]V)
				return *(*unsafe.Pointer)(unsafe.Pointer(&m))
			},
			Retain:  func(m unsafe.Pointer) bool { return p.retain(*(*map[K]V)(unsafe.Pointer(&m))) },
			Size:    func(m unsafe.Pointer) int64 { return mapBytes(*(*map[K]V)(unsafe.Pointer(&m))) },
			MaxIdle: maxIdle,
			Name:    key.String(),
		}
	})
}

// Sets returns the process-wide pool of sets of K, which is Maps of K and
// struct{}.
func Sets[K comparable](maxIdle int) *Pool[map[K]struct{}] { return Maps[K, struct{}](maxIdle) }

// BorrowSlice borrows an empty slice of E from Slices.
func BorrowSlice[E any]() Lease[*[]E] {
	l := slicesOf[E](0).Borrow()
	return Lease[*[]E]{pool: (*Pool[*[]E])(unsafe.Pointer(l.pool)), v: (*[]E)(unsafe.Pointer(l.v)), lent: true}
}

// BorrowMap borrows an empty map from K to V from Maps.
func BorrowMap[K comparable, V any]() Lease[map[K]V] {
	l := mapsOf[K, V](0).Borrow()
	return Lease[map[K]V]{pool: (*Pool[map[K]V])(unsafe.Pointer(l.pool)), v: *(*map[K]V)(unsafe.Pointer(&l.v)), lent: true}
}

// BorrowSet borrows an empty set of K from Sets.
func BorrowSet[K comparable]() Lease[map[K]struct{}] { return BorrowMap[K, struct{}]() }
