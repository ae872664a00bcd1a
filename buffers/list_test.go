package buffers_test

import (
	"testing"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
)

// A pool is listed as one, with the bytes that it retains, until it is closed; its tiers are not.
func TestAll(t *testing.T) {
	p := buffers.Must(buffers.New(buffers.Options{Name: t.Name(), Check: true}))
	p.Release(p.Acquire(1000))
	p.Release(p.Acquire(5000))
	listed := func() (found []pool.Info) {
		for i := range pool.All() {
			if i.Name == t.Name() {
				found = append(found, i)
			}
		}
		return found
	}
	got, s := listed(), p.Stats()
	if want := (pool.Info{Name: t.Name(), Kind: "buffers", Stats: s.Total(), Bytes: s.RetainedBytes}); len(got) != 1 || got[0] != want || got[0].Bytes < 6000 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	p.Close()
	if got := listed(); len(got) != 0 {
		t.Errorf("listed after Close: %+v", got)
	}
}
