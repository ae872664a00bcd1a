package pool

import (
	"slices"
	"unsafe"
)

// leastBytes is the smallest array that is made for a slice.
const leastBytes = 64

// slicePool is what the process-wide pool of slices of E knows of its objects.
//
// A3: an idle slice has a whole array, which is the pool's own and zero. So Release can see which elements a use
// has touched, and clears only these.
type slicePool[E any] struct {
	arrays arrays[E]
	recent recent
}

// retain makes s ready for its next user, or reports false if s is not to be retained.
func (p *slicePool[E]) retain(s *[]E) bool {
	if s == nil {
		return false
	}
	var e E
	size := int64(unsafe.Sizeof(e))
	if size == 0 {
		*s = (*s)[:0]
		return true
	}
	known := p.arrays.find(s)
	if all, front, ok := known.whole(*s); ok {
		used := min(front+len(*s), len(all))
		if !p.wipe(all, used) {
			return false
		}
		*s = all[:0]
		return true
	}
	// The array of s is not the one that the pool gave it. It may be larger than s shows, and others may still have
	// the pool's array. So s gets a new array from the pool: A3.
	n := cap(*s)
	if n > 0 && size > maxBytes/int64(n) {
		return false
	}
	if used := len(*s) + touched((*s)[len(*s):n]); !p.recent.fits(int64(used)*size, int64(n)*size) {
		return false
	}
	had := 0
	if known != nil {
		had = known.cap
	}
	*s = nil
	if n > had { // s has outgrown its array
		*s = slices.Grow(*s, max(n, int(leastBytes/size)))
	}
	if *s != nil || had > 0 {
		p.arrays.set(s, *s)
	}
	return true
}

// wipe clears what a use has touched: the first used elements, and maybe more. It reports whether the array is to
// be retained.
func (p *slicePool[E]) wipe(all []E, used int) bool {
	size := int(unsafe.Sizeof(all[0]))
	if len(all)*size <= smallBytes {
		clear(all)
		return true
	}
	used += touched(all[used:])
	clear(all[:used])
	return p.recent.fits(int64(used)*int64(size), int64(len(all))*int64(size))
}

// zeros is what memory that was not touched is compared with.
var zeros = string(make([]byte, 1<<10))

// touched returns the number of elements up to the last that is not zero, or a few more.
func touched[E any](s []E) int {
	if len(s) == 0 {
		return 0
	}
	size := int(unsafe.Sizeof(s[0]))
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*size)
	for len(b) > 0 {
		n := len(b) - min(len(b), len(zeros))
		if string(b[n:]) != zeros[:len(b)-n] {
			break
		}
		b = b[:n]
	}
	return (len(b) + size - 1) / size
}

// sliceBytes is the memory of an idle slice, whose array is whole: A3.
func sliceBytes[E any](s *[]E) int64 {
	if s == nil {
		return 0
	}
	var e E
	return int64(cap(*s)) * int64(unsafe.Sizeof(e))
}
