package pool_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/plungepool/plunge/pool"
)

func TestBorrow(t *testing.T) {
	var l ledger
	p := newPool(t, l.options())
	fill(p, 1)
	lease := p.Borrow()
	if got := lease.Value(); got != l.items[0] || got != lease.Value() {
		t.Errorf("Value: got item %d, want the idle one, 0, each time", got.id)
	}
	l.check(t, p, 1)
	lease.Release()
	l.check(t, p, 0)
	if got := p.Len(); got != 1 {
		t.Errorf("Len after Release: got %d, want 1", got)
	}
}

func TestLend(t *testing.T) {
	var l ledger
	p := newPool(t, l.options())
	v := p.Acquire()
	before := p.Stats()
	lease := p.Lend(v)
	if got := p.Stats(); got != before {
		t.Errorf("Stats after Lend: got %+v, want them unchanged: %+v", plain(got), plain(before))
	}
	if got := lease.Value(); got != v {
		t.Errorf("Value: got item %d, want %d", got.id, v.id)
	}
	lease.Release()
	if got, ok := p.TryAcquire(); got != v || !ok {
		t.Errorf("TryAcquire after Release: got %v, %v, want the object lent", got, ok)
	}
	l.check(t, p, 1)
}

// TestLeaseEndsOnce: of several ends of a lease only the first counts.
func TestLeaseEndsOnce(t *testing.T) {
	release, discard := (*pool.Lease[*item]).Release, (*pool.Lease[*item]).Discard
	type end = func(*pool.Lease[*item])
	tests := []struct {
		name   string
		ends   []end
		idle   int
		broken uint64
	}{
		{"Release", []end{release}, 1, 0},
		{"Release twice", []end{release, release}, 1, 0},
		{"Release, Discard", []end{release, discard, release}, 1, 0},
		{"Discard", []end{discard}, 0, 1},
		{"Discard twice", []end{discard, discard}, 0, 1},
		{"Discard, Release", []end{discard, release, discard}, 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var l ledger
			p := newPool(t, l.options())
			lease := p.Borrow()
			for _, end := range test.ends {
				end(&lease)
			}
			s := p.Stats()
			if s.Idle != test.idle || s.Discarded != (pool.Discards{Broken: test.broken}) || s.Released != uint64(test.idle) {
				t.Errorf("Stats: got %+v, want %d idle and released, %d Broken", plain(s), test.idle, test.broken)
			}
			l.check(t, p, 0)

			how, value := outcome(func() { lease.Value() })
			if message, ok := value.(string); how != "panicked" || !ok || !strings.HasPrefix(message, "pool: ") {
				t.Errorf("Value once released: %s with %v, want a panic that starts with \"pool: \"", how, value)
			}
			l.check(t, p, 0)
		})
	}
}

func TestZeroLease(t *testing.T) {
	var lease pool.Lease[*item]
	lease.Release()
	lease.Discard()
	lease.Release()
	if how, value := outcome(func() { lease.Value() }); how != "panicked" || !strings.HasPrefix(value.(string), "pool: ") {
		t.Errorf("Value: %s with %v, want a panic that starts with \"pool: \"", how, value)
	}
}

func TestLeaseReleasedElsewhere(t *testing.T) {
	var l ledger
	p := newPool(t, l.options())
	lease := p.Borrow()
	done := make(chan struct{})
	go func() {
		defer close(done)
		lease.Value().uses++
		lease.Release()
	}()
	<-done
	lease.Release()
	if got := p.Acquire(); got.uses != 1 {
		t.Errorf("Acquire: got %d uses, want what the other goroutine wrote, 1", got.uses)
	}
	l.check(t, p, 1)
}

func TestLeaseOutlivesClose(t *testing.T) {
	var l ledger
	p := newPool(t, l.options())
	released, discarded := p.Borrow(), p.Borrow()
	p.Close()
	if released.Value() == discarded.Value() {
		t.Error("Value: got one object twice, want two")
	}
	released.Release()
	discarded.Discard()
	if got, want := p.Stats().Discarded, (pool.Discards{Closed: 1, Broken: 1}); got != want {
		t.Errorf("Discarded: got %+v, want %+v", got, want)
	}
	l.check(t, p, 0)
}

func TestDo(t *testing.T) {
	errDo := errors.New("an error")
	tests := []struct {
		name  string
		fn    func(*item) error
		how   string
		value any
		err   error
	}{
		{"nil", func(v *item) error { v.uses++; return nil }, "returned", nil, nil},
		{"error", func(v *item) error { v.uses++; return errDo }, "returned", nil, errDo},
		{"panic", func(v *item) error { v.uses++; panic(errDo) }, "panicked", errDo, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var l ledger
			p := newPool(t, l.options())
			var err error
			how, value := outcome(func() { err = p.Do(test.fn) })
			if how != test.how || value != test.value || err != test.err {
				t.Errorf("Do: %s with %v and error %v, want %s with %v and error %v", how, value, err, test.how, test.value, test.err)
			}
			l.check(t, p, 0)
			if v, ok := p.TryAcquire(); !ok || v.uses != 1 {
				t.Errorf("TryAcquire after Do: got %v, %v, want the object that fn used", v, ok)
			}
		})
	}
}

func TestDoNests(t *testing.T) {
	var l ledger
	p := newPool(t, l.options())
	err := p.Do(func(a *item) error {
		return p.Do(func(b *item) error {
			if a == b {
				t.Error("nested Do: got the object that is in use")
			}
			return nil
		})
	})
	if err != nil || p.Len() != 2 {
		t.Errorf("nested Do: got %v and %d idle, want nil and 2", err, p.Len())
	}
	l.check(t, p, 0)
}
