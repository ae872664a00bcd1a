//go:build plunge_guard && (linux || darwin || freebsd || netbsd || openbsd || dragonfly || solaris)

package buffers

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

const guarded = true

// guard is the state of the guard build. All pools share it, because faults and crashes are the process's.
var guard = guardian{records: map[uintptr]*record{}}

// maxQuarantined is how many released buffers are inaccessible at once. More would cost
// memory for their records, of some 300 bytes.
const maxQuarantined = 1 << 16

// maxInUse is how many buffers have pages of their own at once. If they took all mappings of the process, its next
// allocation might fail.
const maxInUse = 24000

// guardian has the pages of all buffers.
//
// G1: in the guard build a pool has tokens: memory that nobody sees. Each lend gives a token other pages, and the
// Release of these pages brings the token back. So a pool counts, bounds and expires tokens as other builds do
// buffers, while a buffer's pages outlive its Release.
//
// G2: a page is accessible only while its buffer is in use.
type guardian struct {
	mu         sync.Mutex
	records    map[uintptr]*record // by the address of the first byte
	quarantine []*record           // released, the oldest first
	pages      pages
	monitor    *monitor // nil before the first lend, and where it cannot be had
	started    bool
	stats      GuardStats
}

// record is what is known of a buffer in use or in quarantine.
type record struct {
	span
	size     int
	token    *byte
	released bool
	by       stack
}

// start is the address of the first byte. The buffer ends where its pages end, so access past its end faults.
func (r *record) start() uintptr { return uintptr(r.base) + uintptr(r.bytes()-r.size) }

// stack is the callers of a Release.
type stack [24]uintptr

func guardStats() GuardStats {
	guard.mu.Lock()
	defer guard.mu.Unlock()
	s := guard.stats
	s.Enabled, s.Quarantined = true, len(guard.quarantine)
	return s
}

// lend returns size bytes with pages of their own for the token: G1. If there are no pages, these are the token's own
// memory.
func lend(token *byte, size int) *byte {
	g := &guard
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.started {
		g.started = true
		g.monitor = startMonitor()
	}
	s, ok := g.span(size)
	if !ok {
		g.stats.Unguarded++
		clear(unsafe.Slice(token, size))
		return token
	}
	r := &record{span: s, size: size, token: token}
	g.records[r.start()] = r
	g.stats.InUse++
	return (*byte)(unsafe.Add(s.base, s.bytes()-size))
}

// span returns accessible pages for size bytes.
func (g *guardian) span(size int) (span, bool) {
	if g.stats.InUse == maxInUse {
		return span{}, false
	}
	s, ok := g.anySpan(pagesOf(size))
	if !ok {
		return span{}, false
	}
	if s.open() != nil {
		g.pages.give(s)
		return span{}, false
	}
	return s, true
}

// anySpan returns n pages, if need be from quarantine.
func (g *guardian) anySpan(n int) (span, bool) {
	s, ok := g.pages.take(n)
	for !ok && len(g.quarantine) > 0 {
		g.recycle()
		s, ok = g.pages.take(n)
	}
	return s, ok
}

// takeBack makes a buffer of size bytes inaccessible and returns its token: G1. What did
// not come from lend becomes a token itself.
func takeBack(b *byte, size int) *byte {
	g := &guard
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.records[uintptr(unsafe.Pointer(b))]
	switch {
	case r == nil || r.size != size:
		return b
	case r.released:
		panic(fmt.Sprintf("buffers: second Release of a buffer of %d bytes, which was released by\n%s", size, r.by.text()))
	}
	if err := r.shut(); err != nil { // G2
		panic(fmt.Sprintf("buffers: the pages of a released buffer stay accessible: %v", err))
	}
	r.released = true
	runtime.Callers(2, r.by[:])
	g.stats.InUse--
	g.quarantine = append(g.quarantine, r)
	g.monitor.released(r)
	for len(g.quarantine) > maxQuarantined {
		g.recycle()
	}
	token := r.token
	r.token = nil
	return token
}

// recycle ends the quarantine of the oldest released buffer. g.mu is held.
func (g *guardian) recycle() {
	r := g.quarantine[0]
	g.quarantine[0] = nil
	g.quarantine = g.quarantine[1:]
	delete(g.records, r.start())
	g.pages.give(r.span)
	g.stats.Recycled++
}

// text is the stack as a crash shows one.
func (s stack) text() string {
	text := ""
	n := 0
	for n < len(s) && s[n] != 0 {
		n++
	}
	frames := runtime.CallersFrames(s[:n])
	for more := n > 0; more; {
		var f runtime.Frame
		f, more = frames.Next()
		text += fmt.Sprintf("%s(...)\n\t%s:%d\n", f.Function, f.File, f.Line)
	}
	return text
}
