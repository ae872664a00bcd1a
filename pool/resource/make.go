package resource

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// The delays after failures of New. A delay starts at the first, doubles with each further failure, and ends at the
// longest. Half of it is random ("equal jitter": Brooker, "Exponential Backoff and Jitter", AWS 2015), so that the
// pools of many processes do not probe in step.
const (
	firstDelay   = 25 * time.Millisecond
	longestDelay = 5 * time.Second
)

// mayMake reports whether earlier failures allow a call of New now. After a failure one call at a time is allowed,
// once the delay is over. mu is held.
func (p *Pool[T]) mayMake() bool {
	return p.fails == 0 || p.making == 0 && p.now() >= p.retry
}

// grow keeps C1. mu is held.
//
// C1: one of these holds for each waiter, and for each idle resource missing from MinIdle: a New is under way; Max
// are alive; or New has failed, and a probe is under way or the timer is armed for the next. So no waiter
// is forgotten. (In commons-pool, go-commons-pool and smartconnpool waiters slept on after the last resource was
// closed or failed: apache/commons-pool 346, jolestar/go-commons-pool 25, vitessio/vitess 20187.)
func (p *Pool[T]) grow() {
	if p.refusing() {
		p.fill.Store(false)
		return
	}
	missing := p.waiters.n - p.making
	if p.minIdle > 0 {
		missing += max(0, p.minIdle-p.depth())
	}
	for ; missing > 0 && p.live < p.max; missing-- {
		if !p.mayMake() {
			if p.making == 0 {
				p.wake(p.retry)
			}
			break
		}
		p.make()
	}
	if p.minIdle > 0 {
		p.fill.Store(p.live < p.max && p.fails == 0)
	}
}

// make calls New in the background. mu is held.
//
// M1: the call belongs to the pool. Its context has the values of a caller's context, but does not end with it. (In
// jackc/pgx 1021 and 1259 a query that was cancelled cancelled its dial, too. So a slow server got even more
// dials.)
func (p *Pool[T]) make() {
	base := context.Background()
	if w := p.waiters.last; w != nil {
		base = context.WithoutCancel(w.ctx) // most often the caller that came just now
	}
	s := p.occupy()
	p.making++
	begun, handed, stocked := p.now(), p.handed, p.waiters.n == 0
	var v T
	s.cancel = p.call(base, s, "New",
		func(ctx context.Context) (err error) {
			v, err = p.o.New(ctx)
			return err
		},
		func() {
			p.making--
			p.fail(errOverdue, begun, handed)
		},
		func(err error, late bool) {
			s.cancel = nil
			if !late {
				p.making--
			}
			switch {
			case err != nil:
				if !late {
					p.fail(err, begun, handed)
				}
				p.vacate(s)
				return
			case late:
				s.value = v
				p.count.created++
				p.shutLocked(s, overdue)
				return
			}
			p.count.created++
			if stocked {
				p.count.warmed++
			}
			p.fails, p.lastErr = 0, nil
			s.value, s.since, s.vetted = v, p.now(), true
			p.born(s)
			s.become(idle)
			p.place(s)
		})
}

// fail tells waiters that New has failed: see Acquire. mu is held.
func (p *Pool[T]) fail(err error, begun int64, handed uint64) {
	p.count.failed++
	if p.refusing() {
		return // it was cancelled
	}
	now := p.now()
	if p.fails == 0 || begun >= p.failed { // else New was called before the last failure
		p.fails++
	}
	p.failed = now
	delay := min(firstDelay<<min(p.fails-1, 20), longestDelay)
	p.retry = now + int64(delay/2) + rand.Int64N(int64(delay/2))
	p.lastErr = err
	if p.handed != handed {
		return // the resources that are alive serve the waiters
	}
	for w := p.waiters.first; w != nil && w.since <= begun; w = p.waiters.first {
		p.waiters.remove(w)
		w.refuse(fmt.Errorf("resource: New%s: %w", p.named(), err))
	}
}
