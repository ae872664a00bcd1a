//go:build plunge_guard && (linux || darwin || freebsd || netbsd || openbsd || dragonfly || solaris)

package buffers

import (
	"math/bits"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"unsafe"
)

// faults reports whether reading a byte faults. Only faults on the calling goroutine can be reported.
func faults(b *byte) (fault bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { fault = recover() != nil }()
	sinkByte = *b
	return false
}

var sinkByte byte

// TestGuardPages: the bytes of a buffer in use are accessible, and zero; what follows and
// what was released is not.
func TestGuardPages(t *testing.T) {
	p := Must(New(Options{Sizes: []int{1, 100, 4096, 5000, 70000}}))
	for _, n := range []int{1, 100, 4096, 5000, 70000} {
		for range 3 {
			b := p.Acquire(n)
			for i := range b {
				if b[i] != 0 {
					t.Fatalf("Acquire(%d): byte %d is %d", n, i, b[i])
				}
				b[i] = 1
			}
			if !faults((*byte)(unsafe.Add(unsafe.Pointer(&b[0]), n))) {
				t.Errorf("Acquire(%d): what follows it is accessible", n)
			}
			p.Release(b)
			if first, last := &b[0], &b[n-1]; !faults(first) || !faults(last) {
				t.Errorf("Release of %d bytes: they are accessible", n)
			}
		}
	}
}

// TestGuardSecondRelease: a second Release panics, whether the buffer is then idle or dropped.
func TestGuardSecondRelease(t *testing.T) {
	f, err := NewFixed(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	b, c := f.Acquire(), f.Acquire()
	f.Release(b)
	f.Release(c)
	for _, b := range [][]byte{b, c, b[:0]} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a second Release: no panic")
				}
			}()
			f.Release(b)
		}()
	}
	foreign := make([]byte, 100)
	f.Release(foreign) // is the pool's from now on
	if f.Foreign() != 0 {
		t.Errorf("Foreign: got %d, want 0", f.Foreign())
	}
}

// TestGuardQuarantine: no more than maxQuarantined released buffers are inaccessible, and
// the oldest pages serve again.
func TestGuardQuarantine(t *testing.T) {
	f, err := NewFixed(64, 10)
	if err != nil {
		t.Fatal(err)
	}
	before := Guard()
	first := f.Acquire()
	f.Release(first)
	again := false
	for range maxQuarantined + 100 {
		b := f.Acquire()
		again = again || &b[0] == &first[0]
		b[0] = 1
		f.Release(b)
	}
	s := Guard()
	want := maxQuarantined
	if bits.UintSize == 32 {
		want = s.Quarantined // address space is short first
	}
	if s.Quarantined != want || s.Recycled <= before.Recycled || s.InUse != before.InUse {
		t.Errorf("got %+v, want %d quarantined, some recycled and in use as before, %+v", s, want, before)
	}
	if !again {
		t.Error("the pages of the first buffer never served again")
	}
}

// TestGuardTooMany: over maxInUse buffers have ordinary memory, zeroed like the others.
func TestGuardTooMany(t *testing.T) {
	p := Must(New(Options{MinSize: 64}))
	before := Guard()
	var held [][]byte
	for range maxInUse - before.InUse + 10 {
		held = append(held, p.Acquire(64))
	}
	if s := Guard(); s.InUse != maxInUse || s.Unguarded != before.Unguarded+10 {
		t.Errorf("got %+v, want %d in use and 10 more unguarded than %+v", s, maxInUse, before)
	}
	for range 20 {
		b := held[len(held)-1]
		b[0] = 1
		p.Release(b)
		b = p.Acquire(64)
		if b[0] != 0 {
			t.Fatal("Acquire: got a byte that somebody else left")
		}
		held[len(held)-1] = b
	}
	for _, b := range held {
		p.Release(b)
	}
	if s := Guard(); s.InUse != before.InUse {
		t.Errorf("InUse after all Releases: got %d, want %d", s.InUse, before.InUse)
	}
	runtime.KeepAlive(p)
}

// TestGuardSpace: if there is no more address space the quarantine gives way, whatever the sizes.
func TestGuardSpace(t *testing.T) {
	g := &guardian{records: map[uintptr]*record{}}
	g.pages.reserved = maxSpace // all of it
	for _, n := range []int{2, 3, 2} {
		base := unsafe.Pointer(unsafe.SliceData(make([]byte, n*os.Getpagesize())))
		r := &record{span: span{base, n}, released: true}
		g.quarantine = append(g.quarantine, r)
	}
	if s, ok := g.pages.take(3); ok {
		t.Fatalf("take: got %v, want none", s)
	}
	if s, ok := g.anySpan(3); !ok || s.n != 3 {
		t.Errorf("three pages: got %v, %t, want those of the second", s, ok)
	}
	if len(g.quarantine) != 1 || g.stats.Recycled != 2 {
		t.Errorf("got %d quarantined, %d recycled, want 1, 2", len(g.quarantine), g.stats.Recycled)
	}
}

// TestGuardExplain: a crash that is about something else is not explained.
func TestGuardExplain(t *testing.T) {
	m, err := newMonitor()
	if err != nil {
		t.Fatal(err)
	}
	defer m.file.Close()
	base := unsafe.Pointer(unsafe.SliceData(make([]byte, 1)))
	r := &record{span: span{base, 1}, size: 10}
	runtime.Callers(1, r.by[:])
	m.released(r)
	at := func(i int) string {
		a := uintptr(base) + uintptr(r.bytes()-10+i)
		return explain([]byte("[signal SIGSEGV: segmentation violation code=0x2 addr=0x"+strconv.FormatUint(uint64(a), 16)+" pc=0x1]\n"), m.file)
	}
	if got := at(3); !strings.Contains(got, "is byte 3 of a buffer of 10 bytes") || !strings.Contains(got, "TestGuardExplain") {
		t.Errorf("byte 3: got %q, want it told, and this function", got)
	}
	for _, got := range []string{at(10), at(-r.bytes()), explain([]byte("panic: no fault\n"), m.file), explain(nil, m.file)} {
		if got != "" {
			t.Errorf("got %q, want nothing", got)
		}
	}
}
