package resource_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/pooltest"
	"github.com/plungepool/plunge/pool/resource"
)

// recorder stands for a test that fails.
type recorder struct {
	testing.TB
	errors []string
}

func (*recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

//go:noinline
func dropHere(p *resource.Pool[*session]) {
	h, err := p.Acquire(context.Background())
	if err != nil {
		panic(err)
	}
	h.Value().id++
}

// A Handle that is dropped unreleased is reported with the stack of its Acquire. A released one is not reported.
// AssertNoLeaks shows both holders and leaks.
func TestLeaks(t *testing.T) {
	var leaks atomic.Value
	var n atomic.Int32
	p, err := resource.New(resource.Options[*session]{New: dial(), Max: 100, Name: "leaky", Stacks: true, OnLeak: func(m pool.Misuse) {
		leaks.Store(m)
		n.Add(1)
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		h, _ := p.Acquire(context.Background())
		h.Release()
	}
	dropHere(p)
	for end := time.Now().Add(20 * time.Second); n.Load() == 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		runtime.GC()
	}
	if m, ok := leaks.Load().(pool.Misuse); !ok || n.Load() != 1 || m.Kind != pool.Leak || m.Pool != "leaky" || !strings.Contains(m.Error(), "dropHere") {
		t.Errorf("got %d leaks, the last %v, want one of dropHere", n.Load(), m)
	}
	h, _ := p.Acquire(context.Background())
	var r recorder
	pooltest.AssertNoLeaks(&r, p)
	if all := strings.Join(r.errors, "\n"); !strings.Contains(all, "dropHere") || !strings.Contains(all, "TestLeaks") || !strings.Contains(all, `pool "leaky"`) {
		t.Errorf("AssertNoLeaks: got %q, want the leak and the holder", r.errors)
	}
	h.Release()
	if held := p.Holders(); !p.Checked() || len(held) != 1 || !held[0].Garbage {
		t.Errorf("Holders: got %v, want the leak", held)
	}
}

// PLUNGE_CHECK=1 records stacks in every pool.
func TestCheckedByEnvironment(t *testing.T) {
	for _, value := range []string{"", "1"} {
		t.Setenv("PLUNGE_CHECK", value)
		p, err := resource.New(resource.Options[*session]{New: dial(), Max: 1})
		if err != nil {
			t.Fatal(err)
		}
		h, _ := p.Acquire(context.Background())
		if want := len(value); p.Checked() != (want == 1) || len(p.Holders()) != want {
			t.Errorf("PLUNGE_CHECK=%q: got %d holders, want %d", value, len(p.Holders()), want)
		}
		h.Release()
		if len(p.Holders()) != 0 {
			t.Errorf("PLUNGE_CHECK=%q: a holder is left after Release", value)
		}
	}
}
