package resource

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// Options that make no sense are rejected with the name of the field.
func TestOptions(t *testing.T) {
	dial := func(context.Context) (int, error) { return 0, nil }
	for field, o := range map[string]Options[int]{
		"New":            {Max: 1},
		"Max":            {New: dial},
		"Max is -1":      {New: dial, Max: -1},
		"Max is 1677":    {New: dial, Max: LimitMax + 1},
		"MinIdle":        {New: dial, Max: 1, MinIdle: -1},
		"MinIdle is 2":   {New: dial, Max: 1, MinIdle: 2},
		"MinIdle is 3":   {New: dial, Max: 4, MinIdle: 3, MaxIdle: 2},
		"MaxIdle":        {New: dial, Max: 1, MaxIdle: -1},
		"MaxUses":        {New: dial, Max: 1, MaxUses: -1},
		"MaxIdleTime":    {New: dial, Max: 1, MaxIdleTime: -1},
		"MaxLifetime":    {New: dial, Max: 1, MaxLifetime: 60},
		"LifetimeJitter": {New: dial, Max: 1, MaxLifetime: time.Hour, LifetimeJitter: time.Hour},
		"CheckIdle":      {New: dial, Max: 1, CheckIdle: 5},
		"HookTimeout":    {New: dial, Max: 1, HookTimeout: -time.Second},
		"MaxWait":        {New: dial, Max: 1, MaxWait: 100},
	} {
		_, err := New(o)
		if !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: got %v, want an error about it", field, err)
		}
	}
	if _, err := New(Options[int]{New: dial, Max: LimitMax, MaxWaiters: -1, CheckIdle: -1, LifetimeJitter: -1}); err != nil {
		t.Errorf("all in range: got %v", err)
	}
}

// While a resource is idle, Acquire, Value and Release allocate nothing and do not take the lock: another goroutine
// holds it here.
func TestAllocateNothing(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	for name, o := range map[string]Options[*conn]{
		"plain":     {Max: 4},
		"aged":      {Max: 4, MaxIdleTime: time.Minute, MaxLifetime: time.Hour, MaxUses: 1 << 30, MaxIdle: 3},
		"CheckIdle": {Max: 4, CheckIdle: time.Hour, Check: sometimes},
		"MinIdle":   {Max: 4, MinIdle: 4},
	} {
		var s server
		p := s.on(t, o)
		fill(t, p, 2)
		until(t, "MinIdle", func() bool { return p.Stats().Idle >= o.MinIdle })
		p.mu.Lock()
		n := testing.AllocsPerRun(100, func() {
			h, err := p.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer h.Release()
			if h.Value() == nil {
				t.Error("nothing acquired")
			}
			other, ok := p.TryAcquire()
			if !ok {
				t.Fatal("one is idle: got none")
			}
			other.Release()
		})
		p.mu.Unlock()
		if n != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, n)
		}
		shutDown(t, p, &s)
	}
}

// A Handle that stays in its function is not on the heap, of whatever type the resource is.
func TestHandlesAllocateNothing(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	allocates(t, 7)
	allocates(t, "seven")
	allocates(t, []byte("seven"))
	allocates(t, [9]int{7})
	allocates[any](t, 7)
	allocates[error](t, errBroken)
	allocates(t, struct{}{})
	allocates(t, func() {})
	allocates(t, struct {
		c *conn
		n int
	}{})
}

func allocates[T any](t *testing.T, v T) {
	p, err := New(Options[T]{Max: 1, New: func(context.Context) (T, error) { return v, nil }})
	if err != nil {
		t.Fatal(err)
	}
	get(t, p).Release()
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		h, err := p.Acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_ = h.Value()
		h.Discard(h.end())
		if h, ok := p.TryAcquire(); ok {
			h.Release()
		}
	}); n != 0 {
		t.Errorf("%T: got %v allocations, want 0", v, n)
	}
}

// end releases, so that the Discard to come does nothing.
func (h *Handle[T]) end() error {
	h.Release()
	return nil
}
