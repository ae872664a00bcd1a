package syncpool

import "time"

// Last is when pools with DropOnGC were last told of a collection that they are done with.
func Last() time.Time {
	process.mu.Lock()
	defer process.mu.Unlock()
	return process.last
}
