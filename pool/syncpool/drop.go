package syncpool

import (
	"sync"
	"time"
	"weak"

	"github.com/plungepool/plunge/internal/keeper"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/shard"
)

// dropping has the pools with DropOnGC drop what is idle for two collections.
var dropping = keeper.Collections[*Pool]{Told: process.told}

// process is the drops of the process.
var process drops

// drops knows when collections were. What was put before the last one and is idle at this one was idle at both.
type drops struct {
	mu   sync.Mutex
	last time.Time
}

// told is called after a collection.
func (d *drops) told(pools []*Pool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := d.last
	d.last = time.Now()
	var lanes []shard.Gatherer
	for _, p := range pools {
		if b := pool.Bag(&p.idle); b.Lanes() > 0 {
			lanes = append(lanes, b.Compaction())
		}
	}
	shard.Gather(lanes...)
	for _, p := range pools {
		pool.Bag(&p.idle).SetStamp(0)  // what is put from now on has the exact time
		p.idle.Prune(time.Since(last)) // what was put before last
	}
}

// find returns a function that finds p, as long as p is not collected.
func (p *Pool) find() func() *Pool { return weak.Make(p).Value }
