package pool_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

// listed returns the infos of the pools with this name.
func listed(name string) []pool.Info {
	var found []pool.Info
	for i := range pool.All() {
		if i.Name == name {
			found = append(found, i)
		}
	}
	return found
}

func TestAll(t *testing.T) {
	o := pool.Options[*item]{New: func() *item { return new(item) }, Name: t.Name()}
	p, second := newPool(t, o), newPool(t, o)
	newPool(t, pool.Options[*item]{New: func() *item { return new(item) }})
	p.Release(p.Acquire())
	want := []pool.Info{
		{Name: t.Name(), Kind: "pool", Stats: p.Stats()},
		{Name: t.Name(), Kind: "pool", Stats: second.Stats()},
	}
	if got := listed(t.Name()); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := listed(""); len(got) != 0 {
		t.Errorf("pools without a name are listed: %+v", got)
	}
	p.Close()
	if got := listed(t.Name()); !slices.Equal(got, want[1:]) {
		t.Errorf("after Close: %+v, want %+v", got, want[1:])
	}
	for range pool.All() {
		break
	}
}

// All lists the process-wide pools, with their bytes if they know them.
func TestAllBytes(t *testing.T) {
	p := newPool(t, pool.Options[[]byte]{
		New: func() []byte { return make([]byte, 10) }, Size: sizeOf, MaxIdleBytes: 100, Name: t.Name(),
	})
	p.Release(p.Acquire())
	if got := listed(t.Name()); len(got) != 1 || got[0].Bytes != 10 {
		t.Errorf("%+v, want one pool of 10 bytes", got)
	}
	type element int
	pool.Slices[element](10)
	if got := listed("slices of pool_test.element"); len(got) != 1 || got[0].Stats.MaxIdle != 10 {
		t.Errorf("%+v, want one pool with room for 10", got)
	}
}

// The list keeps no pool alive, and many pools that are gone leave nothing in it.
func TestAllIsWeak(t *testing.T) {
	for range 100 {
		pool.Must(pool.New(pool.Options[*item]{New: func() *item { return new(item) }, Name: t.Name()}))
	}
	for deadline := time.Now().Add(10 * time.Second); len(listed(t.Name())) > 0; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("%d of 100 pools that were dropped are listed", len(listed(t.Name())))
		}
	}
}
