package ring

import "testing"

// model is a bounded FIFO that is easy to believe.
type model struct {
	q              []uint32
	cap            int
	pushed, popped uint64
}

// step does one operation on q and on the model and compares.
func (m *model) step(t testing.TB, q queue, push bool, v uint32) {
	t.Helper()
	if push {
		want := len(m.q) < m.cap
		if got := q.TryPush(v); got != want {
			t.Errorf("TryPush(%d) = %v with %d of %d", v, got, len(m.q), m.cap)
		}
		if want {
			m.q = append(m.q, v)
			m.pushed++
		}
		return
	}
	var want uint32
	wantOK := len(m.q) > 0
	if wantOK {
		want = m.q[0]
		m.q = m.q[1:]
		m.popped++
	}
	if got, ok := q.TryPop(); got != want || ok != wantOK {
		t.Errorf("TryPop() = %d, %v, want %d, %v", got, ok, want, wantOK)
	}
}

// check compares the length and checks the invariants.
func (m *model) check(t testing.TB, q queue, start uint64) {
	t.Helper()
	if got, want := q.Len(), len(m.q); got != want {
		t.Errorf("Len() = %d, want %d", got, want)
	}
	switch q := q.(type) {
	case *Handles:
		checkHandles(t, q, start, m.pushed, m.popped)
	case *Ring[uint32]:
		checkRing(t, q, len(m.q))
	case wideRing:
		checkRing(t, q.Ring, len(m.q))
	}
}

// start returns the position at which q begins.
func start(q queue) uint64 {
	if r, ok := q.(*Handles); ok {
		return r.tail.Load()
	}
	return 0
}

func TestModel(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			rnd := newRand(t)
			for _, n := range append(capacities, 4, 9, 16, 17) {
				for _, lap := range k.laps {
					q := k.new(n, lap)
					m, from := model{cap: q.Cap()}, start(q)
					bias := 0
					for i := range 3000 {
						if i%(2*n+1) == 0 { // now towards full, now towards empty
							bias = rnd.IntN(9) + 1
						}
						m.step(t, q, rnd.IntN(10) < bias, rnd.Uint32N(MaxHandle+1))
						if i%17 == 0 || n < 10 {
							m.check(t, q, from)
						}
						if t.Failed() {
							t.Fatalf("capacity %d, lap %#x, operation %d", n, lap, i)
						}
					}
				}
			}
		})
	}
}
