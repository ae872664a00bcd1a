package pool

import (
	"slices"
	"unsafe"
)

// leastBytes is the smallest array that is made for a slice.
const leastBytes = 64

// slicePool is what the process-wide pool of slices of E knows of its objects.
//
// A3: the arrays of idle slices are the pool's own, whole and zero. So what a use has
// touched can be seen, and only that is cleared.
type slicePool[E any] struct {
	arrays arrays[E]
	recent recent
}

// retain makes s ready for its next user, or reports false where it is not to be retained.
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
	// The array is another than before. It may be larger than the slice shows, and others
	// may have the one before. So it gets one of the pool's own: A3.
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
	if n > had { // it has outgrown the one before
		*s = slices.Grow(*s, max(n, int(leastBytes/size)))
	}
	if *s != nil || had > 0 {
		p.arrays.set(s, *s)
	}
	return true
}

// wipe clears what a use has touched, which is the first elements, so many at least, and
// reports whether the array is to be retained.
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

// touched returns how many elements of s there are up to the last which is not zero, or some
// more.
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
