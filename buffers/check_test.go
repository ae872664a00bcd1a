package buffers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/pooltest"
)

// found collects what checked pools report.
type found []pool.Misuse

func (f *found) on(m pool.Misuse) { *f = append(*f, m) }

// want checks that one misuse was reported since, with these words in its text.
func (f *found) want(t *testing.T, what string, kind pool.MisuseKind, words ...string) {
	t.Helper()
	got := *f
	*f = nil
	if len(got) != 1 || got[0].Kind != kind {
		t.Errorf("%s: got %v, want one %v", what, got, kind)
		return
	}
	for _, w := range words {
		if !strings.Contains(got[0].Error(), w) {
			t.Errorf("%s: got\n%v\nwant %q in it", what, got[0], w)
		}
	}
}

// none checks that nothing was reported since.
func (f *found) none(t *testing.T, what string) {
	t.Helper()
	if len(*f) > 0 {
		t.Errorf("%s: got %v, want nothing", what, *f)
	}
	*f = nil
}

func checkedPool(t *testing.T, o buffers.Options) (*buffers.Pool, *found) {
	t.Helper()
	if buffers.Guard().Enabled {
		t.Skip("the guard build finds misuse by other means")
	}
	var f found
	o.Check, o.OnMisuse, o.MaxIdleTime = true, f.on, -1
	return newPool(t, o), &f
}

//go:noinline
func releaseHere(p *buffers.Pool, b []byte) { p.Release(b) }

//go:noinline
func acquireHere(p *buffers.Pool, n int) []byte { return p.Acquire(n) }

func TestCheckedDoubleRelease(t *testing.T) {
	p, f := checkedPool(t, buffers.Options{Name: "bufs"})
	for _, n := range []int{1, 256, 300, 4096, 1 << 20} {
		b := p.Acquire(n)
		releaseHere(p, b)
		f.none(t, "Release")
		p.Release(b[:n/2])
		f.want(t, "second Release", pool.DoubleRelease, `in pool "bufs"`, "releaseHere", "TestCheckedDoubleRelease")
		x, y := p.Acquire(n), p.Acquire(n)
		if &x[0] == &y[0] {
			t.Fatalf("%d bytes: one buffer was handed out twice", n)
		}
		p.Release(x)
		p.Release(y)
	}
	w := p.NewBuffer(1000)
	held := w.Bytes()[:1000]
	w.Release()
	w.Release() // idempotent
	f.none(t, "Buffer.Release")
	p.Release(held)
	f.want(t, "memory of a released Buffer", pool.DoubleRelease)
	l := p.Borrow(1000)
	held = l.Bytes()
	p.Release(held)
	l.Release()
	f.want(t, "Lease of a released buffer", pool.DoubleRelease, "TestCheckedDoubleRelease")
	p.Release(nil)
	p.Release(make([]byte, 10))
	f.none(t, "what is no buffer of any tier")
	conserved(t, p, 0)
}

// Slices of one buffer.
func TestCheckedOverlap(t *testing.T) {
	p, f := checkedPool(t, buffers.Options{Name: "bufs"})
	b := acquireHere(p, 4096)
	releaseHere(p, b[2048:4096:4096])
	f.want(t, "its end", pool.ForeignRelease, `a part of one of pool "bufs"`, "acquireHere", "releaseHere")
	p.Release(b[:1024:1024])
	f.want(t, "its beginning", pool.ForeignRelease, `one of pool "bufs"`, "acquireHere")
	for _, part := range [][]byte{b[1:], b[:10:10], b[4095:], b[100:3000:3000]} {
		p.Release(part)
		f.want(t, "a part with a capacity of no tier", pool.ForeignRelease, `a part of one of pool "bufs"`, "acquireHere")
	}
	p.Release(append(b, 1)[1:])
	f.none(t, "a part of memory that append has made")
	p.Release(b)
	f.none(t, "the buffer itself")
	p.Release(b[2048:4096:4096])
	f.want(t, "its end, once it is idle", pool.ForeignRelease, `a part of one of pool "bufs"`)
	p.Release(make([]byte, 4096))
	f.want(t, "memory of nobody's", pool.ForeignRelease, "was never handed out")
	q, g := checkedPool(t, buffers.Options{Name: "others"})
	b = acquireHere(p, 4096)
	q.Release(b)
	g.want(t, "a buffer of another pool's", pool.ForeignRelease, `is one of pool "bufs"`, "acquireHere")
	p.Release(b)
	f.none(t, "the pool of the buffer")
	conserved(t, p, 0)
}

func TestCheckedUseAfterRelease(t *testing.T) {
	p, f := checkedPool(t, buffers.Options{Name: "bufs"})
	for _, n := range []int{1, 500, 4096, 100_000} {
		b := acquireHere(p, n)
		clear(b)
		releaseHere(p, b)
		for i, c := range b[:cap(b)] {
			if c != 0xdb {
				t.Fatalf("byte %d of a released buffer: got %#x, want 0xdb", i, c)
			}
		}
		b[n/2] = 7
		c := p.Acquire(n)
		if n < 64<<10 { // what an Acquire looks at
			f.want(t, "write after Release", pool.UseAfterRelease, "releaseHere", "TestCheckedUseAfterRelease", "changed afterwards at byte")
		}
		if &c[0] == &b[0] {
			t.Error("Acquire: got a buffer that somebody writes to")
		}
		p.Release(c)
		*f = nil
		p.Clear()
		*f = nil
	}
	b := p.Acquire(256)
	p.Release(b)
	b[255] = 1
	if got := p.Inspect(); len(got) != 1 || got[0].Changed != 255 || got[0].Kind != pool.UseAfterRelease {
		t.Errorf("Inspect: got %v, want byte 255 changed", got)
	}
	if got := p.Inspect(); len(got) != 0 {
		t.Errorf("Inspect again: got %v, want nothing", got)
	}
	b = p.Acquire(256)
	p.Release(b)
	b[0] = 1
	p.Clear()
	f.want(t, "Clear", pool.UseAfterRelease, "at byte 0")
	conserved(t, p, 0)
}

// In quarantine a buffer is idle, and not handed out.
func TestCheckedQuarantine(t *testing.T) {
	t.Setenv("PLUNGE_QUARANTINE", "")
	p, f := checkedPool(t, buffers.Options{Zero: true, MaxIdlePerTier: 1000})
	seen := map[*byte]int{}
	for i := range 200 {
		b := p.Acquire(300)
		if b[0] != 0 || b[:cap(b)][cap(b)-1] != 0 {
			t.Fatal("Acquire of a pool with Zero: got other bytes")
		}
		if at, ok := seen[&b[0]]; ok && i-at <= 64 {
			t.Fatalf("Acquire %d: got a buffer that was released %d Releases ago, want more than 64", i, i-at)
		}
		seen[&b[0]] = i
		p.Release(b)
	}
	s := p.Stats().Tiers[1].Pool
	if s.Idle != 65 || s.Created != 65 || s.InUse != 0 || s.Released != 200 {
		t.Errorf("got %+v, want 65 created and idle", s)
	}
	if n := p.Clear(); n != 65 {
		t.Errorf("Clear: got %d, want 65", n)
	}
	f.none(t, "sound use")
	conserved(t, p, 0)
}

// errorsOf stands for a test's *testing.T.
type errorsOf struct {
	testing.TB
	all []string
}

func (e *errorsOf) Helper() {}
func (e *errorsOf) Errorf(format string, args ...any) {
	e.all = append(e.all, fmt.Sprintf(format, args...))
}

func TestCheckedLeaks(t *testing.T) {
	p, f := checkedPool(t, buffers.Options{Name: "bufs"})
	var e errorsOf
	pooltest.AssertNoLeaks(&e, p)
	if len(e.all) > 0 {
		t.Errorf("AssertNoLeaks of an unused pool: got %q", e.all)
	}
	var held [][]byte
	for range 3 {
		held = append(held, acquireHere(p, 5000))
	}
	w := p.NewBuffer(10)
	pooltest.AssertNoLeaks(&e, p)
	if len(e.all) != 2 || !strings.Contains(strings.Join(e.all, "\n"), "pool \"bufs\": 3 objects are in use; they were acquired here:\ngithub.com/plungepool/plunge/buffers_test.acquireHere\n") {
		t.Errorf("AssertNoLeaks: got %q, want 3 of acquireHere and one", e.all)
	}
	w.Release()
	for _, b := range held {
		p.Release(b)
	}
	e.all = nil
	pooltest.AssertNoLeaks(&e, p)
	if held[0][0] = 1; len(e.all) > 0 {
		t.Errorf("AssertNoLeaks after Release: got %q", e.all)
	}
	pooltest.AssertNoLeaks(&e, p)
	if len(e.all) != 1 || !strings.Contains(e.all[0], "use after release") {
		t.Errorf("AssertNoLeaks after a write: got %q, want it reported", e.all)
	}
	f.none(t, "AssertNoLeaks")
}

func TestCheckedFixed(t *testing.T) {
	if buffers.Guard().Enabled {
		t.Skip("the guard build finds misuse by other means")
	}
	t.Setenv("PLUNGE_CHECK", "1")
	p, err := buffers.NewFixed(4096, 10)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Checked() {
		t.Fatal("Checked: got false with PLUNGE_CHECK=1")
	}
	panics := func(what string, kind pool.MisuseKind, f func()) {
		t.Helper()
		defer func() {
			var m pool.Misuse
			err, _ := recover().(error)
			if !errors.As(err, &m) || m.Kind != kind || m.Pool != "buffers of 4096 bytes" {
				t.Errorf("%s: got panic %v, want a %v", what, err, kind)
			}
		}()
		f()
	}
	b := p.Acquire()
	p.Release(b)
	panics("second Release", pool.DoubleRelease, func() { p.Release(b) })
	panics("memory of nobody's", pool.ForeignRelease, func() { p.Release(make([]byte, 4096)) })
	panics("a part", pool.ForeignRelease, func() { p.Release(b[1:]) })
	p.Release(make([]byte, 100))
	b[9] = 1
	panics("Acquire after a write", pool.UseAfterRelease, func() { p.Acquire() })
	var e errorsOf
	b = p.Acquire()
	pooltest.AssertNoLeaks(&e, p)
	if len(e.all) != 1 || !strings.Contains(e.all[0], "TestCheckedFixed") {
		t.Errorf("AssertNoLeaks: got %q, want one in use", e.all)
	}
	p.Release(b)
	if s := p.Stats(); s.InUse != 0 || s.Name != "" {
		t.Errorf("got %+v, want none in use", s)
	}
}

func TestCheckedOptions(t *testing.T) {
	if _, err := buffers.New(buffers.Options{Check: true, NoCheck: true}); !errors.Is(err, buffers.ErrOptions) || !strings.Contains(err.Error(), "NoCheck") {
		t.Errorf("Check and NoCheck: got %v, want an error about NoCheck", err)
	}
	_, err := buffers.New(buffers.Options{MaxIdleTime: 30})
	if want := "buffers: bad options: MaxIdleTime is 30ns; want 1ms or more (30*time.Second?), or 0 for the default, or a negative one for no limit"; err == nil || err.Error() != want {
		t.Errorf("MaxIdleTime 30: got %v, want %q", err, want)
	}
	for value, want := range map[string]bool{"1": !buffers.Guard().Enabled, "": false} {
		t.Setenv("PLUNGE_CHECK", value)
		if p := newPool(t, buffers.Options{}); p.Checked() != want {
			t.Errorf("PLUNGE_CHECK=%q: Checked: got %t", value, p.Checked())
		}
		if newPool(t, buffers.Options{NoCheck: true}).Checked() {
			t.Error("NoCheck: got a checked pool")
		}
	}
}

func TestStatsForms(t *testing.T) {
	p := newPool(t, buffers.Options{Name: "bufs", MaxRetainedBytes: 64 << 20, NoCheck: true})
	p.Release(p.Acquire(5000))
	b := p.Acquire(5000)
	p.Acquire(2 << 20)
	s := p.Stats()
	m := s.Map()
	for name, want := range map[string]any{
		"name": "bufs", "acquired": uint64(2), "reused": uint64(1), "in_use": 1, "oversized": uint64(1),
		"max_retained_bytes": int64(64 << 20), "tier_8192_acquired": uint64(2), "tier_8192_reuse_ratio": 0.5, "tier_256_idle": 0,
	} {
		if m[name] != want {
			t.Errorf("Map()[%q]: got %v (%[2]T), want %v (%[3]T)", name, m[name], want)
		}
	}
	if total := s.Total(); total.Acquired != 2 || total.InUse != 1 || total.Idle != s.Tiers[5].Pool.Idle || total.Name != "bufs" {
		t.Errorf("Total: got %+v", total)
	}
	if got := s.String(); !strings.HasPrefix(got, "bufs: ") || !strings.Contains(got, "1 in use, 2 acquired (50.0% reused), 1 released, 0 discarded, 1 oversized, 0 foreign") {
		t.Errorf("String: got %q", got)
	}
	if got := s.Tiers[5].String(); !strings.HasPrefix(got, "8192 bytes: ") {
		t.Errorf("a tier's String: got %q", got)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "stats", s)
	var record struct {
		Stats struct {
			InUse int                `json:"in_use"`
			Tier  map[string]float64 `json:"tier_8192"`
			Idle  map[string]float64 `json:"tier_256"`
		}
	}
	if err := json.Unmarshal([]byte(log.String()), &record); err != nil || record.Stats.InUse != 1 || record.Stats.Tier["acquired"] != 2 || record.Stats.Idle != nil {
		t.Errorf("LogValue: got %s, %v", log.String(), err)
	}
	var back buffers.Stats
	if text, err := json.Marshal(s); err != nil || json.Unmarshal(text, &back) != nil || back.Tiers[5] != s.Tiers[5] || back.Name != "bufs" {
		t.Errorf("JSON: got %s, %v", text, err)
	}
	p.Release(b)
}
