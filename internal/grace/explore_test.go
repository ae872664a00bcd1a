//go:build plunge_explore

package grace

import (
	"errors"
	"testing"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/check/explore"
	"github.com/plungepool/plunge/internal/pin"
)

// TestExplore has goroutines wait at once, beside pinned sections. Some of them wait with the period that another
// began. Every section that had begun when Wait was called has ended when it returns, under every schedule. The
// explorer plays the periods themselves.
func TestExplore(t *testing.T) {
	total := explore.Result{Complete: true}
	for _, c := range []struct{ waiters, sections, bound int }{{1, 1, -1}, {1, 2, -1}, {2, 1, -1}, {2, 2, 4}, {3, 1, 4}} {
		config := explore.Config{Preemptions: c.bound}
		res, err := explore.Run(config, func() explore.Program {
			var (
				w       atom.Uint64
				open    [8]int // by thread: which of its sections it is in; 0: none
				threads []func()
				err     error
			)
			w.Store(0)
			for id := range c.sections {
				threads = append(threads, func() {
					for n := range 2 {
						p := pin.Pin()
						open[id] = n + 1
						w.Load()
						open[id] = 0
						pin.Unpin(p)
					}
				})
			}
			for range c.waiters {
				threads = append(threads, func() {
					w.Load() // others may be anywhere
					before := open
					Wait()
					for id, n := range before {
						if n != 0 && open[id] == n {
							err = errors.New("a section that had begun has not ended")
						}
					}
				})
			}
			return explore.Program{Threads: threads, Check: func() error { return err }}
		})
		if err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		t.Logf("Wait by %d beside %d with two sections each; %v: %v", c.waiters, c.sections, config, res)
		total.Add(res)
	}
	t.Logf("grace.Wait: %v", total)
}
