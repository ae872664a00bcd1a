package ring

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// event is one operation of a history. call and ret are of one clock.
type event struct {
	call, ret int64
	push, ok  bool
	v         uint32
}

func (e event) String() string {
	name := "pop"
	if e.push {
		name = "push"
	}
	return fmt.Sprintf("[%d,%d] %s %d %v", e.call, e.ret, name, e.v, e.ok)
}

// linearizable tells whether a FIFO of the capacity can do these events, one at a time and each between its call and
// its return. It is Wing and Gong's search, which remembers the states that led nowhere. At most 64 events.
func linearizable(events []event, capacity int) bool {
	failed := map[string]bool{}
	var search func(done uint64, q []uint32) bool
	search = func(done uint64, q []uint32) bool {
		if done == 1<<len(events)-1 {
			return true
		}
		key := fmt.Sprint(done, q)
		if failed[key] {
			return false
		}
		first := int64(1<<63 - 1) // the earliest return of an event still to come
		for i, e := range events {
			if done>>i&1 == 0 {
				first = min(first, e.ret)
			}
		}
		for i, e := range events {
			if done>>i&1 != 0 || e.call > first {
				continue
			}
			next := q
			switch {
			case e.push && e.ok != (len(q) < capacity):
				continue
			case !e.push && e.ok != (len(q) > 0):
				continue
			case !e.push && e.ok && q[0] != e.v:
				continue
			case e.push && e.ok:
				next = append(slices.Clip(q), e.v)
			case e.ok:
				next = q[1:]
			}
			if search(done|1<<i, next) {
				return true
			}
		}
		failed[key] = true
		return false
	}
	return search(0, nil)
}

func TestChecker(t *testing.T) {
	push := func(call, ret int64, v uint32, ok bool) event { return event{call, ret, true, ok, v} }
	pop := func(call, ret int64, v uint32, ok bool) event { return event{call, ret, false, ok, v} }
	for _, c := range []struct {
		name     string
		capacity int
		events   []event
		want     bool
	}{
		{"nothing", 1, nil, true},
		{"in order", 2, []event{push(1, 2, 7, true), push(3, 4, 8, true), pop(5, 6, 7, true), pop(7, 8, 8, true)}, true},
		{"out of order", 2, []event{push(1, 2, 7, true), push(3, 4, 8, true), pop(5, 6, 8, true), pop(7, 8, 7, true)}, false},
		{"concurrent pushes", 2, []event{push(1, 4, 7, true), push(2, 3, 8, true), pop(5, 6, 8, true), pop(7, 8, 7, true)}, true},
		{"full", 1, []event{push(1, 2, 7, true), push(3, 4, 8, false)}, true},
		{"full too early", 2, []event{push(1, 2, 7, true), push(3, 4, 8, false)}, false},
		{"not full", 1, []event{push(1, 2, 7, true), push(3, 4, 8, true)}, false},
		{"empty while pushing", 1, []event{push(1, 4, 7, true), pop(2, 3, 0, false)}, true},
		{"empty after push", 1, []event{push(1, 2, 7, true), pop(3, 4, 0, false)}, false},
		{"twice", 1, []event{push(1, 2, 7, true), pop(3, 6, 7, true), pop(4, 5, 7, true)}, false},
		{"popped before pushed", 1, []event{pop(1, 2, 7, true), push(3, 4, 7, true)}, false},
	} {
		if got := linearizable(c.events, c.capacity); got != c.want {
			t.Errorf("%s: linearizable = %v, want %v", c.name, got, c.want)
		}
	}
}

// Short concurrent histories of both queues are those of a FIFO. For Handles this includes the answers full and
// empty; for Ring it does not, because these may be spurious.
func TestLinearizable(t *testing.T) {
	const (
		goroutines = 3
		each       = 5
	)
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			rnd := newRand(t)
			rounds := 0
			for end := time.Now().Add(stressFor(t)); time.Now().Before(end) && !t.Failed(); rounds++ {
				n := []int{1, 2, 4}[rnd.IntN(3)]
				q := k.new(n, k.laps[rnd.IntN(len(k.laps))])
				var (
					clock atomic.Int64
					ready atomic.Int32
					wg    sync.WaitGroup
					parts [goroutines][]event
				)
				for id := range goroutines {
					local := rand.New(rand.NewPCG(rnd.Uint64(), 0))
					wg.Go(func() {
						events := make([]event, each)
						ready.Add(1)
						for ready.Load() < goroutines {
							runtime.Gosched()
						}
						for i := range events {
							e := event{push: local.IntN(2) == 0, call: clock.Add(1)}
							if e.push {
								e.v = uint32(id*each + i + 1)
								e.ok = q.TryPush(e.v)
							} else {
								e.v, e.ok = q.TryPop()
							}
							e.ret = clock.Add(1)
							events[i] = e
						}
						parts[id] = events
					})
				}
				wg.Wait()
				events := slices.Concat(parts[:]...)
				if !k.exact {
					events = slices.DeleteFunc(events, func(e event) bool { return !e.ok })
				}
				if !linearizable(events, q.Cap()) {
					slices.SortFunc(events, func(a, b event) int { return int(a.call - b.call) })
					t.Errorf("round %d, capacity %d: no FIFO does this:\n%v", rounds, n, events)
				}
			}
			t.Logf("%d histories", rounds)
		})
	}
}
