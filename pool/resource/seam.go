//go:build !plunge_explore

package resource

import "time"

// What the build with the tag plunge_explore has otherwise, so that package explore decides who goes on: see seam_explore.go.

// start runs fn on a goroutine.
func start(fn func()) { go fn() }

// after is time.AfterFunc.
func after(d time.Duration, fn func()) *time.Timer { return time.AfterFunc(d, fn) }

// pause comes before a wait for channels of which one is ready once ready reports so.
func pause(func() bool) {}

// chosen reports that a select is to be taken for one that found this channel closed.
func chosen(<-chan struct{}) bool { return false }

// now returns the time in nanoseconds since the pool was made, 1 at least.
func (p *Pool[T]) now() int64 { return int64(time.Since(p.base)) + 1 }
