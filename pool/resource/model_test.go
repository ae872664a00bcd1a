package resource

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
)

// model is a plain model of a pool of Max resources: a stack of idle ones, a list of waiters, a limit.
type model struct {
	max, made   int
	idle        []int // the one released last is at the end
	held        map[int]int
	waiters     []int
	live        int
	closedCount uint64
}

// pump serves waiters.
func (m *model) pump() (served map[int]int) {
	served = map[int]int{}
	for len(m.waiters) > 0 {
		w := m.waiters[0]
		switch {
		case len(m.idle) > 0:
			id := m.idle[len(m.idle)-1]
			m.idle = m.idle[:len(m.idle)-1]
			served[w] = id
		case m.live < m.max:
			m.live++
			m.made++
			served[w] = m.made
		default:
			return served
		}
		m.held[w] = served[w]
		m.waiters = m.waiters[1:]
	}
	return served
}

func (m *model) drop() {
	m.live--
	m.closedCount++
}

// Random sequences of calls have the same results as the model: who gets what, in which order, and every count.
func TestModel(t *testing.T) {
	for range 30 {
		seed := rand.Uint64()
		synctest.Test(t, func(t *testing.T) { playModel(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func playModel(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	var s server
	m := &model{max: 1 + random.IntN(4), held: map[int]int{}}
	p := s.on(t, Options[*conn]{Max: m.max})
	type caller struct {
		h      *Handle[*conn]
		err    error
		cancel context.CancelFunc
	}
	callers := map[int]*caller{}
	next := 0
	trace := ""
	known := 0 // conns that were made before the last call
	check := func(served map[int]int) {
		t.Helper()
		synctest.Wait()
		fresh := map[int]bool{}
		for w, id := range served {
			c := callers[w]
			if c.h == nil {
				t.Fatalf("%s: caller %d got %v, want conn %d", trace, w, c.err, id)
			}
			switch got := c.h.Value().id; {
			case id > known && got > known && got <= m.made && !fresh[got]: // News run at once, in any order
				fresh[got] = true
				m.held[w] = got
			case got != id:
				t.Fatalf("%s: caller %d got conn %d, want %d", trace, w, got, id)
			}
		}
		known = m.made
		for _, w := range m.waiters {
			if callers[w].h != nil || callers[w].err != nil {
				t.Fatalf("%s: caller %d was served, want it to wait", trace, w)
			}
		}
		st := p.Stats()
		if st.Live != m.live || st.Idle != len(m.idle) || st.InUse != len(m.held) || st.Waiting != len(m.waiters) || st.Max != m.max || st.Closed != m.closedCount || int(st.Created) != m.made {
			t.Fatalf("%s: got %+v, want %+v", trace, st, m)
		}
	}
	anyHeld := func() (int, bool) {
		least, ok := 0, false
		for w := range m.held {
			if !ok || w < least {
				least, ok = w, true
			}
		}
		if !ok {
			return 0, false
		}
		for range random.IntN(3) { // one of the first; the same one for the same seed
			for w := least + 1; w < next; w++ {
				if _, held := m.held[w]; held {
					least = w
					break
				}
			}
		}
		return least, true
	}
	for range 60 {
		switch op := random.IntN(12); op {
		case 0, 1, 2, 3: // Acquire
			ctx, cancel := context.WithCancel(context.Background())
			c := &caller{cancel: cancel}
			w := next
			callers[w] = c
			next++
			m.waiters = append(m.waiters, w)
			trace += fmt.Sprintf(" acquire%d", w)
			go func() { c.h, c.err = p.Acquire(ctx) }()
			check(m.pump())
		case 4: // TryAcquire
			trace += " try"
			h, ok := p.TryAcquire()
			if want := len(m.idle) > 0; ok != want {
				t.Fatalf("%s: TryAcquire got %v, want %v", trace, ok, want)
			}
			if ok {
				id := m.idle[len(m.idle)-1]
				m.idle = m.idle[:len(m.idle)-1]
				if h.Value().id != id {
					t.Fatalf("%s: TryAcquire got conn %d, want %d", trace, h.Value().id, id)
				}
				callers[next] = &caller{h: h}
				m.held[next] = id
				next++
			}
		case 5, 6, 7: // Release
			if w, ok := anyHeld(); ok {
				trace += fmt.Sprintf(" release%d", w)
				id := m.held[w]
				delete(m.held, w)
				if m.live > m.max {
					m.drop()
				} else {
					m.idle = append(m.idle, id)
				}
				callers[w].h.Release()
				check(m.pump())
			}
		case 8: // Discard, Hijack
			if w, ok := anyHeld(); ok {
				trace += fmt.Sprintf(" discard%d", w)
				delete(m.held, w)
				if random.IntN(2) == 0 {
					callers[w].h.Discard(nil)
					m.drop()
				} else {
					s.close(context.Background(), callers[w].h.Hijack())
					m.live--
				}
				check(m.pump())
			}
		case 9: // cancel
			if n := len(m.waiters); n > 0 {
				i := random.IntN(n)
				w := m.waiters[i]
				trace += fmt.Sprintf(" cancel%d", w)
				callers[w].cancel()
				m.waiters = append(m.waiters[:i], m.waiters[i+1:]...)
				synctest.Wait()
				if !errors.Is(callers[w].err, context.Canceled) {
					t.Fatalf("%s: got %v, want the context's error", trace, callers[w].err)
				}
				check(nil)
			}
		case 10: // Resize
			m.max = 1 + random.IntN(5)
			trace += fmt.Sprintf(" resize%d", m.max)
			for m.live > m.max && len(m.idle) > 0 {
				m.idle = m.idle[1:]
				m.drop()
			}
			p.Resize(m.max)
			check(m.pump())
		case 11: // Drain, if it need not wait
			if len(m.held) == 0 {
				trace += " drain"
				for m.idle = m.idle[:0]; m.live > 0; {
					m.drop()
				}
				if err := p.Drain(context.Background()); err != nil {
					t.Fatalf("%s: %v", trace, err)
				}
				check(nil)
			}
		}
	}
	for w := range m.held {
		callers[w].h.Release()
	}
	for _, w := range m.waiters {
		callers[w].cancel()
	}
	synctest.Wait()
	for _, c := range callers {
		if c.h != nil {
			c.h.Release()
		}
		if c.cancel != nil {
			c.cancel()
		}
	}
	shutDown(t, p, &s)
}
