package pool

import (
	"log/slog"
	"sync"

	"go.uber.org/atomic"
)

// atOnce is how many objects of a pool are in Destroy at the same time in the background, at most.
const atOnce = 8

// background calls Destroy for objects that housekeeping drops, on goroutines of its own. So a slow Destroy delays
// no other pool of the keeper. It delays other objects of this pool only while atOnce calls of Destroy are slow.
type background[T any] struct {
	mu    sync.Mutex
	queue []T
	n     int // goroutines
}

// background drops objects: they are counted now, and destroyed soon.
func (p *Pool[T]) background(vs []T, why *atomic.Uint64) {
	why.Add(uint64(len(vs)))
	if c := p.check; c != nil {
		for _, v := range vs {
			if m, used := c.unseal(c.identify(v)); used {
				m.reportAlone(c.handle)
			}
		}
	}
	if p.destroy == nil && p.weights == nil || len(vs) == 0 {
		return
	}
	b := &p.behind
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, vs...)
	for ; b.n < min(atOnce, len(b.queue)); b.n++ {
		go p.destroyNext()
	}
}

// destroyNext destroys what is in the queue, until it is empty. If Destroy calls runtime.Goexit, another goroutine
// goes on.
func (p *Pool[T]) destroyNext() {
	b := &p.behind
	empty := false
	defer func() {
		if !empty {
			go p.destroyNext()
		}
	}()
	for {
		b.mu.Lock()
		if empty = len(b.queue) == 0; empty {
			b.n--
			b.queue = nil
			b.mu.Unlock()
			return
		}
		v := b.queue[0]
		var zero T
		b.queue[0] = zero
		b.queue = b.queue[1:]
		b.mu.Unlock()
		p.destroyAlone(v)
	}
}

// destroyAlone calls Destroy where no caller could recover a panic. It recovers and logs the panic: one bad object
// should not end the process.
func (p *Pool[T]) destroyAlone(v T) {
	defer func() {
		if r := recover(); r != nil {
			slog.Error("pool: Destroy or Size panicked over an object that nobody was using", "pool", p.name, "panic", r)
		}
	}()
	if p.destroy != nil {
		defer p.destroy(v)
	}
	p.leaves(v)
}
