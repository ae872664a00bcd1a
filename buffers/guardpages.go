//go:build plunge_guard && (linux || darwin || freebsd || netbsd || openbsd || dragonfly || solaris)

package buffers

import (
	"math/bits"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// maxSpace is the address space that is reserved at most: 64 GiB, or 256 MiB.
	maxSpace = 1 << (28 + 8*(bits.UintSize/64))

	// chunkSpace is how much is reserved at a time, at least.
	chunkSpace = maxSpace / 64
)

// pages has the address space for buffers. Reserved space is inaccessible, one mapping
// for all of it, and takes no memory.
type pages struct {
	reserved int
	next     unsafe.Pointer // what has not been taken of the last chunk
	left     int            // the length of that, in bytes
	free     map[int][]span // that have served before, by their number of pages
}

// span is n pages, and the page behind them which is never accessible.
type span struct {
	base unsafe.Pointer
	n    int
}

func pagesOf(size int) int { return (size + os.Getpagesize() - 1) / os.Getpagesize() }

func (s span) bytes() int { return s.n * os.Getpagesize() }

// take returns n inaccessible pages, which read as zero once they are open.
func (p *pages) take(n int) (span, bool) {
	if free := p.free[n]; len(free) > 0 {
		p.free[n] = free[:len(free)-1]
		return free[len(free)-1], true
	}
	want := (n + 1) * os.Getpagesize()
	if want > p.left && !p.reserve(want) {
		return span{}, false
	}
	s := span{p.next, n}
	p.next = unsafe.Add(p.next, want)
	p.left -= want
	return s, true
}

// give lets the pages be taken again.
func (p *pages) give(s span) {
	if p.free == nil {
		p.free = map[int][]span{}
	}
	p.free[s.n] = append(p.free[s.n], s)
}

// reserve begins a chunk, of want bytes at least. What is left of the one before is lost.
func (p *pages) reserve(want int) bool {
	want = max(want, chunkSpace)
	if p.reserved > maxSpace-want {
		return false
	}
	base, err := unix.MmapPtr(-1, 0, nil, uintptr(want), unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return false
	}
	p.reserved += want
	p.next, p.left = base, want
	return true
}

// open makes the pages accessible.
func (s span) open() error {
	return unix.Mprotect(unsafe.Slice((*byte)(s.base), s.bytes()), unix.PROT_READ|unix.PROT_WRITE)
}

// shut makes them inaccessible and frees their memory: it maps new ones in their place,
// which the system joins with their neighbours to one mapping.
func (s span) shut() error {
	_, err := unix.MmapPtr(-1, 0, s.base, uintptr(s.bytes()), unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_FIXED)
	return err
}
