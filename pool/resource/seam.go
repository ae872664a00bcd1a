//go:build !plunge_explore

package resource

import "time"

// What the build with the tag plunge_explore replaces, so that package explore decides which thread goes on: see
// seam_explore.go.

// start runs fn on a goroutine.
func start(fn func()) { go fn() }

// after is time.AfterFunc.
func after(d time.Duration, fn func()) *time.Timer { return time.AfterFunc(d, fn) }

// pause is called before a wait for several channels. ready reports whether one of them is ready.
func pause(func() bool) {}

// chosen reports whether the select that follows is to behave as if this channel was chosen.
func chosen(<-chan struct{}) bool { return false }

// now returns the time in nanoseconds since the pool was made, 1 at least.
func (p *Pool[T]) now() int64 { return int64(time.Since(p.base)) + 1 }
