package buffers_test

import (
	"runtime"
	"testing"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// heap returns the bytes reachable.
func heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A pool of buffers takes little besides its buffers while it is used rarely, whatever the number of Ps.
func TestMemoryOfLittleUse(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // a checked pool has records
	if race.Enabled || buffers.Guard().Enabled {
		t.Skip("this build changes sizes")
	}
	for _, procs := range []int{1, 2, 64, 192} {
		before := runtime.GOMAXPROCS(procs)
		defer runtime.GOMAXPROCS(before)
		for _, c := range []struct {
			name string
			size int // of one buffer
			most float64
		}{{"was not used", 0, 8 << 10}, {"was used once", 16 << 10, 12 << 10}, {"was used once, with slabs", 256, 16 << 10}} {
			const n = 50
			pools := make([]*buffers.Pool, n)
			before := heap()
			slabs := int64(0)
			for i := range pools {
				pools[i] = buffers.Must(buffers.New(buffers.Options{}))
				if c.size > 0 {
					pools[i].Release(pools[i].Acquire(c.size))
				}
				s := pools[i].Stats()
				slabs += max(s.RetainedBytes, s.SlabBytes)
			}
			got := float64(heap()-before-slabs) / n
			t.Logf("GOMAXPROCS %d: %.0f bytes besides its buffers for a pool that %s", procs, got, c.name)
			if got > c.most && (pin.Exclusive || c.size != 256) { // the portable build has a magazine for each buffer
				t.Errorf("GOMAXPROCS %d: %.0f bytes besides its buffers for a pool that %s, want at most %.0f", procs, got, c.name, c.most)
			}
			runtime.KeepAlive(pools)
		}
	}
}
