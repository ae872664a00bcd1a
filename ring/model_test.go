package ring

import (
	"encoding/binary"
	"testing"
)

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

// check compares the rest, and the invariants.
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

// fuzz runs the operations that ops encodes: bit 7 pops, the rest is how many times.
func fuzz(t *testing.T, k kind, capacity uint16, lap uint8, ops []byte) {
	q := k.new(int(capacity)%2000+1, k.laps[int(lap)%len(k.laps)])
	m, from := model{cap: q.Cap()}, start(q)
	for i, op := range ops {
		for j := range op&127 + 1 {
			v := binary.LittleEndian.Uint32([]byte{op, byte(i), j, byte(i >> 8)}) & (none >> 1)
			m.step(t, q, op < 128, v)
		}
		m.check(t, q, from)
		if t.Failed() {
			t.Fatalf("after operation %d", i)
		}
	}
}

func addSeeds(f *testing.F) {
	f.Add(uint16(0), uint8(0), []byte{0, 128, 0, 0, 128, 128})
	f.Add(uint16(0), uint8(2), []byte{1, 128, 1, 129, 1, 129, 1, 129, 1, 129})
	f.Add(uint16(2), uint8(1), []byte{2, 130, 3, 129, 0, 0, 0, 255})
	f.Add(uint16(6), uint8(3), []byte{7, 127, 133, 20, 128, 140, 5, 255})
	f.Add(uint16(15), uint8(4), []byte{15, 143, 15, 143, 127, 255, 9, 137})
	f.Add(uint16(999), uint8(1), []byte{127, 127, 127, 127, 127, 127, 127, 127, 255, 255, 40, 255, 255})
}

func FuzzHandles(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, capacity uint16, lap uint8, ops []byte) {
		fuzz(t, kinds[0], capacity, lap, ops)
	})
}

func FuzzRing(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, capacity uint16, lap uint8, ops []byte) {
		fuzz(t, kinds[1], capacity, lap, ops)
	})
}
