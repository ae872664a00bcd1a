//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows) && !android && !ios && !go1.28 && !race && !msan && !asan && !plunge_portable && !plunge_explore

package pin

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

// number is how a section begins.
//
//go:nosplit
func number() uint {
	return uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(M(), Offset))))
}

// If this fails on a new Go, its procPin is made of other instructions: see
// whether what Offset's comment says still holds there, and teach decode the new
// ones.
func TestOffset(t *testing.T) {
	if Offset == 0 {
		t.Fatal("procPin's code is not as expected")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20000 {
				want := Pin()
				got := number()
				Unpin(want)
				if got != uint(want) {
					t.Errorf("got number %d, want %d", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

type count struct {
	n int
	_ [120]byte
}

// add increments the count of the P that it runs on after a pause, as a plain
// load and a plain store far apart.
//
//go:nosplit
//go:noinline
func add(counts []count, pause int, spin *int) bool {
	id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(M(), Offset))))
	if id >= uint(len(counts)) {
		return false
	}
	n := counts[id].n
	for i := range pause {
		*spin += i
	}
	counts[id].n = n + 1
	return true
}

// A nosplit function must be alone on its P however long it takes, while others want the P and the world is stopped
// all the time. If it is preempted, increments are lost.
func TestSectionIsPinned(t *testing.T) {
	counts := make([]count, runtime.GOMAXPROCS(0))
	const goroutines, rounds = 8, 300
	const pause = 100_000 // some 50 µs; the scheduler wants a P back after 10 ms
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			default:
				runtime.GC()
				runtime.Stack(nil, true)
			}
		}
	}()
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			spin := 0
			for i := range rounds {
				p := pause
				if g == 0 && i%100 == 0 {
					p *= 1000 // longer than a time slice
				}
				if !add(counts, p, &spin) {
					t.Error("no such P")
					return
				}
			}
		})
	}
	wg.Wait()
	close(done)
	sum := 0
	for i := range counts {
		sum += counts[i].n
	}
	if want := goroutines * rounds; sum != want {
		t.Errorf("counted %d increments, want %d", sum, want)
	}
}

// hold sets begun, then spins for the given number of rounds, then sets ended.
//
//go:nosplit
//go:noinline
func hold(begun, ended *atomic.Bool, rounds int) (spin int) {
	begun.Store(true)
	for i := range rounds {
		spin += i
	}
	ended.Store(true)
	return spin
}

// Stopping the world waits for a nosplit function.
func TestSectionDelaysStops(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for range 10 {
		var begun, ended atomic.Bool
		var wg sync.WaitGroup
		wg.Go(func() { hold(&begun, &ended, 20_000_000) })
		for !begun.Load() {
			time.Sleep(10 * time.Microsecond)
		}
		runtime.Stack(nil, true)
		if !ended.Load() {
			t.Fatal("the world was stopped inside a nosplit function")
		}
		wg.Wait()
	}
}

func TestDecode(t *testing.T) {
	amd64 := [codeLen]byte{
		0x49, 0x8b, 0x4e, 0x30, 0xff, 0x81, 8, 1, 0, 0, 0x48, 0x8b, 0x89, 0xd0, 0, 0, 0, 0x48, 0x63, 1, 0xc3,
	}
	arm64 := [codeLen]byte{
		0x81, 0x1b, 0x40, 0xf9, 0x22, 8, 0x81, 0xb9, 0x42, 4, 0, 0x91, 0x22, 8, 1, 0xb9, 0x21, 0x68, 0x40, 0xf9,
		0x20, 0, 0x80, 0xb9, 0xc0, 3, 0x5f, 0xd6,
	}
	for _, c := range []struct {
		name   string
		decode func(*[codeLen]byte) uintptr
		code   [codeLen]byte
		length int
		free   []int // bytes that are, in part, the offset of m.locks or m.p
	}{
		{"amd64", decodeAMD64, amd64, 21, []int{6, 7, 8, 13, 14, 15}},
		{"arm64", decodeARM64, arm64, 28, []int{17, 18}},
	} {
		if got := c.decode(&c.code); got != 208 {
			t.Errorf("%s: offset %d, want 208", c.name, got)
		}
		for i := range c.length {
			other := c.code
			other[i] ^= 0x80
			got := c.decode(&other)
			free := false
			for _, f := range c.free {
				free = free || f == i
			}
			if !free && got != 0 {
				t.Errorf("%s: offset %d with byte %d changed, want 0", c.name, got, i)
			}
		}
	}
}

//go:nosplit
//go:noinline
func section() uint {
	return uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(M(), Offset))))
}

func BenchmarkSection(b *testing.B) {
	for b.Loop() {
		section()
	}
}

// store is a section with write barriers: of three words at once, as they call wbMove, and of one.
//
//go:nosplit
//go:noinline
func store(counts []count, to *[3]*int, word **int, from *[3]*int) bool {
	id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(M(), Offset))))
	if id >= uint(len(counts)) {
		return false
	}
	n := counts[id].n
	for range 50 {
		*to = *from
		*word = from[0]
	}
	counts[id].n = n + 1
	return true
}

// Write barriers end no section.
func TestBarrierIsPinned(t *testing.T) {
	counts := make([]count, runtime.GOMAXPROCS(0))
	const goroutines, rounds = 8, 5000
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			default:
				runtime.GC()
			}
		}
	}()
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			to, word := new([3]*int), new(*int)
			for range rounds {
				if !store(counts, to, word, &[3]*int{new(int), new(int), new(int)}) {
					t.Error("no such P")
					return
				}
			}
		})
	}
	wg.Wait()
	close(done)
	sum := 0
	for i := range counts {
		sum += counts[i].n
	}
	if want := goroutines * rounds; sum != want {
		t.Errorf("counted %d increments, want %d", sum, want)
	}
}

// A section of Pin's and one of a nosplit function are never both under way on a P.
func TestSectionsExcludeEachOther(t *testing.T) {
	counts := make([]count, runtime.GOMAXPROCS(0))
	const goroutines, rounds = 8, 300
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			spin := 0
			for range rounds {
				if g%2 == 0 {
					add(counts, 50_000, &spin)
					continue
				}
				id := Pin()
				n := counts[id].n
				for i := range 50_000 {
					spin += i
				}
				counts[id].n = n + 1
				Unpin(id)
			}
		})
	}
	wg.Wait()
	sum := 0
	for i := range counts {
		sum += counts[i].n
	}
	if want := goroutines * rounds; sum != want {
		t.Errorf("counted %d increments, want %d", sum, want)
	}
}
