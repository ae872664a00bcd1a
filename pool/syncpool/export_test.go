package syncpool

import "time"

// Last is when pools with DropOnGC were told of a collection last, and are done with it.
func Last() time.Time {
	process.mu.Lock()
	defer process.mu.Unlock()
	return process.last
}
