package grace

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/pin"
)

// The barrier must wait for a section that has begun, however long it spins.
func TestWaitWaitsForPinnedSection(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	Wait() // the probe is not what is tested
	for range 20 {
		var pinned, ended atomic.Bool
		go func() {
			id := pin.Pin()
			pinned.Store(true)
			for start := time.Now(); time.Since(start) < 2*time.Millisecond; {
			}
			ended.Store(true)
			pin.Unpin(id)
		}()
		for !pinned.Load() {
			runtime.Gosched()
		}
		Wait()
		if !ended.Load() {
			t.Fatal("Wait returned while a section that had begun before was running")
		}
	}
}

// A section may begin at any time while others wait: Wait must not starve.
func TestWaitDoesNotStarve(t *testing.T) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					pin.Unpin(pin.Pin())
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		for range 50 {
			Wait()
		}
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Error("50 grace periods took over 30 s")
	}
	close(stop)
	wg.Wait()
}

// What a section wrote before its end is visible after Wait, and the other way
// round: the classic publish by pointer, wait, write plainly.
func TestWaitOrdersPlainMemory(t *testing.T) {
	type box struct{ n [4]atomic.Int64 }
	var cur atomic.Pointer[box]
	cur.Store(new(box))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var written atomic.Int64
	for g := range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				id := pin.Pin()
				b := cur.Load()
				b.n[g].Store(b.n[g].Load() + 1) // no read-modify-write: only exclusion makes it exact
				pin.Unpin(id)
				written.Add(1)
			}
		})
	}
	var collected int64
	collect := func(b *box) {
		for g := range b.n {
			collected += b.n[g].Load()
		}
	}
	for range 200 {
		old := cur.Swap(new(box))
		Wait()
		collect(old)
	}
	close(stop)
	wg.Wait()
	collect(cur.Load())
	if got, want := collected, written.Load(); got != want {
		t.Errorf("collected %d increments, want %d", got, want)
	}
}

func TestWaitCoalesces(t *testing.T) {
	before := begun.Load()
	const callers = 64
	var wg sync.WaitGroup
	mu.Lock() // hold the first one up until all have come
	var came atomic.Int64
	for range callers {
		wg.Go(func() {
			came.Add(1)
			Wait()
		})
	}
	for came.Load() < callers {
		runtime.Gosched()
	}
	time.Sleep(10 * time.Millisecond) // they are between the count and the lock
	mu.Unlock()
	wg.Wait()
	if got := begun.Load() - before; got > callers/4 {
		t.Errorf("%d callers at once needed %d grace periods, want a few", callers, got)
	}
}

func BenchmarkWait(b *testing.B) {
	for b.Loop() {
		Wait()
	}
}
