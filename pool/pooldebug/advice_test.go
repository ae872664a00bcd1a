package pooldebug

import (
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
)

type item struct{ uses int }

// newPool returns an unchecked pool that is exact on any number of Ps and has the test's name.
func newPool(t *testing.T, o pool.Options[*item]) *pool.Pool[*item] {
	t.Helper()
	t.Setenv("PLUNGE_CHECK", "")
	o.Name, o.LocalCache = t.Name(), -1
	if o.New == nil {
		o.New = func() *item { return new(item) }
	}
	p, err := pool.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// use acquires n objects and releases them.
func use(p *pool.Pool[*item], n int) {
	objects := make([]*item, n)
	p.AcquireN(objects)
	p.ReleaseN(objects)
}

// find returns the only pool of the test as h sees it.
func find(t *testing.T, h *history) watched {
	t.Helper()
	var found []watched
	for _, w := range h.look() {
		if w.Name == t.Name() {
			found = append(found, w)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d pools are named %s, want 1", len(found), t.Name())
	}
	return found[0]
}

// expect fails unless the advice for the test's pool matches the expressions. Without expressions it expects no
// advice.
func expect(t *testing.T, h *history, want ...string) {
	t.Helper()
	w := find(t, h)
	var got []string
	for _, a := range w.advise() {
		got = append(got, a.Title+": "+a.Text)
	}
	if len(got) != len(want) {
		t.Fatalf("got the advice %q, want %q", got, want)
	}
	for i, g := range got {
		if !regexp.MustCompile(want[i]).MatchString(g) {
			t.Errorf("got the advice\n%s\nwant\n%s", g, want[i])
		}
	}
}

// Each rule gives its advice, with the right figures, for a pool in the state that it is for.
func TestAdvice(t *testing.T) {
	var p *pool.Pool[*item]
	count := 0
	every := func(seconds, times int, do func()) func() {
		return func() {
			time.Sleep(500 * time.Millisecond) // so that calls and samples do not coincide
			for range times {
				time.Sleep(time.Duration(seconds) * time.Second)
				do()
			}
		}
	}
	for _, c := range []struct {
		name string
		o    pool.Options[*item]
		do   func()
		want string
	}{
		{
			"full",
			pool.Options[*item]{MaxIdle: 64},
			every(5, 13, func() { use(p, 164) }),
			`^Full discards: MaxIdle is 64 and peak idle was 64; 1,300 objects were dropped in the last minute\. A MaxIdle of 164 would have kept them\.$`,
		},
		{
			"full by far",
			pool.Options[*item]{MaxIdle: 64},
			every(1, 60, func() { use(p, 164) }),
			`^Full discards: MaxIdle is 64 and peak idle was 64; [5-6],\d00 objects .* try 128\.$`,
		},
		{
			"bytes",
			pool.Options[*item]{MaxIdle: 64, MaxIdleBytes: 100, Size: func(*item) int64 { return 10 }},
			every(5, 13, func() { use(p, 64) }),
			`^Full discards: MaxIdle is 64, but peak idle was only 10; 702 objects were dropped in the last minute.*A larger MaxIdleBytes`,
		},
		{
			"rejected",
			pool.Options[*item]{Retain: func(*item) bool { count++; return count%4 > 0 }},
			every(5, 13, func() { use(p, 100) }),
			`^Rejected: Retain refused 325 of 1,300 objects that came back in the last minute \(25\.0%\); 400 objects were created`,
		},
		{
			"invalid",
			pool.Options[*item]{Validate: func(*item) bool { count++; return count%4 > 0 }},
			every(5, 13, func() { use(p, 100) }),
			`^Invalid: Validate refused \d{3} of \d,\d{3} objects that were idle and needed in the last minute \(2\d\.\d%\)`,
		},
		{
			"expired",
			pool.Options[*item]{MaxIdleTime: 10 * time.Second},
			every(29, 10, func() { use(p, 50) }),
			`^Expired: 450 objects were dropped in the last 5 minutes because they were idle for MaxIdleTime; in that time 500 objects were created\.`,
		},
		{
			"panicked",
			pool.Options[*item]{Retain: func(i *item) bool { i.uses++; return i.uses < 3 || panics() }},
			every(5, 14, func() {
				defer func() { _ = recover() }()
				use(p, 1)
			}),
			`^Panicked: 4 objects were lost since the pool was made`,
		},
		{
			"leak",
			pool.Options[*item]{},
			every(1, 280, func() { use(p, 10); p.Acquire() }),
			`^In use only grows: It rose from 0 to 280 in the last 5 minutes and did not come back down.*pool\.Options\.Check`,
		},
		{
			"leak of a checked pool",
			pool.Options[*item]{Check: true, OnMisuse: func(pool.Misuse) {}},
			every(1, 280, func() { p.Acquire() }),
			`^In use only grows: .* The page shows where they were acquired`,
		},
		{
			"slow leak",
			pool.Options[*item]{},
			every(2, 140, func() {
				if use(p, 10+count%7); count%10 == 0 {
					p.Acquire()
				}
				count++
			}),
			`^In use only grows: It rose from 0 to 14 in the last 5 minutes`,
		},
		{
			"low",
			pool.Options[*item]{},
			every(5, 13, func() { use(p, 100); p.Clear() }),
			`^Low hit rate: Only 0\.0% of 1,300 objects acquired in the last minute were idle ones; 1,300 objects were created\. The reason is that 1,300 objects were dropped: the program called Clear\.$`,
		},
		{
			"not released",
			pool.Options[*item]{},
			every(5, 4, func() { p.AcquireN(make([]*item, 50)) }),
			`^Low hit rate: Only 0\.0% of 200 objects .* Only 0 objects came back`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				count = 0
				p = newPool(t, c.o)
				var h history
				expect(t, &h)
				c.do()
				expect(t, &h, c.want)
			})
		})
	}
}

func panics() bool { panic("retain") }

// The MaxIdle that is advised ends the discards.
func TestAdviceHelps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, pool.Options[*item]{MaxIdle: 64})
		var h history
		for _, wants := range [][]string{{"A MaxIdle of 164 would"}, nil} {
			h.look()
			for range 20 {
				time.Sleep(every / 2)
				use(p, 164)
				time.Sleep(every / 2)
			}
			expect(t, &h, wants...)
			p.Resize(164)
			time.Sleep(2 * span)
		}
	})
}

// A healthy pool never has advice: with a load that comes and goes, with a few large objects, in a quiet time, and
// with a load that grows.
func TestHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		retained, validated := 0, 0
		p := newPool(t, pool.Options[*item]{
			MaxIdle: 600, MinIdle: 4,
			Retain:   func(*item) bool { retained++; return retained%100 > 0 },
			Validate: func(*item) bool { validated++; return validated%100 > 0 },
		})
		var h history
		var long []*item
		for i := range 15 * 60 {
			switch at := i % 700; {
			case at < 100:
				use(p, 1+at)
			case at < 200:
				use(p, 100+(i*7)%100)
			case at < 300:
			default: // more and more uses, and some are long
				for len(long) < (at-300)/4 {
					long = append(long, p.Acquire())
				}
				use(p, at-290)
			}
			if i%700 == 699 {
				p.ReleaseN(long)
				long = nil
			}
			expect(t, &h)
			time.Sleep(time.Second)
		}
	})
}

// If there are no earlier samples, as at the first look, the figures are for the pool's whole life.
func TestAdviceAtFirst(t *testing.T) {
	p := newPool(t, pool.Options[*item]{MaxIdle: 64})
	use(p, 80)
	expect(t, new(history), `16 objects were dropped since the pool was made\. A MaxIdle of 80 would have kept them`)
}

// Memory pressure is named as such.
func TestAdvicePressed(t *testing.T) {
	p := newPool(t, pool.Options[*item]{Size: func(*item) int64 { return 8 }})
	use(p, 100)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 20)) // less than is in use
	for end := time.Now().Add(10 * time.Second); p.Stats().Discarded.Pressed < fewObjects; time.Sleep(time.Millisecond) {
		if runtime.GC(); time.Now().After(end) {
			t.Fatal("nothing was dropped in 10 s")
		}
	}
	expect(t, new(history), `^Memory was short: \d+ objects were dropped since the pool was made.*GOMEMLIMIT`)
}

// The bounds of buffer pools have other names, and a larger bound helps.
func TestAdviceBuffers(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	for _, c := range []struct {
		bound int64
		want  []string
	}{
		{16 << 10, []string{`^Full discards: \d+ objects were dropped .*MaxRetainedBytes was full; \d+\.0 KiB are idle`}},
		{1 << 20, nil},
	} {
		p := buffers.Must(buffers.New(buffers.Options{Name: t.Name(), MinSize: 1 << 10, MaxSize: 1 << 10, MaxRetainedBytes: c.bound}))
		var out [64][]byte
		for i := range out {
			out[i] = p.Acquire(1 << 10)
		}
		for _, b := range out {
			p.Release(b)
		}
		expect(t, new(history), c.want...)
		_ = p.Close()
	}
}

// Peak idle of a full pool is at least half of MaxIdle, whatever Ps have privately. A lower one indicates
// MaxIdleBytes.
func TestFullIsNotBytes(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	p := pool.Must(pool.New(pool.Options[*item]{New: func() *item { return new(item) }, MaxIdle: 64, Name: t.Name()}))
	defer p.Close()
	done := make(chan bool)
	for range 8 {
		go func() {
			for range 2000 {
				use(p, 16)
			}
			done <- true
		}()
	}
	for range 8 {
		<-done
	}
	w := find(t, new(history))
	if s := w.Stats; s.Discarded.Full > 0 && w.boundedByBytes() {
		t.Errorf("taken for one with MaxIdleBytes: %v, peak idle %d", s, s.PeakIdle)
	}
}

// Each reason of pool.Discards is listed with its own count.
func TestReasons(t *testing.T) {
	d := pool.Discards{Full: 1, Expired: 2, Invalid: 3, Rejected: 5, Broken: 6, Panicked: 7, Cleared: 8, Pruned: 9, Closed: 11, Pressed: 1800}
	const want = "full 1, expired 2, invalid 3, rejected 5, broken 6, panicked 7, cleared 8, pruned 9, closed 11, pressed 1,800"
	if got := because(d); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := minus(d.Plus(d), d); got != d {
		t.Errorf("minus: got %+v, want %+v", got, d)
	}
	if got := minus(pool.Discards{}, d); got != (pool.Discards{}) {
		t.Errorf("minus of what seems to have fallen: got %+v, want none", got)
	}
	for _, r := range reasons(d) {
		if r.About == "" || strings.HasSuffix(r.About, ".") {
			t.Errorf("%s is explained as %q", r.Name, r.About)
		}
	}
}
