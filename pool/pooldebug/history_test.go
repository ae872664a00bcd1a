package pooldebug

import (
	"fmt"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/pool"
)

// Samples are taken from the first look until some time after the last, and are then forgotten. They never go back
// further than documented.
func TestSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, pool.Options[*item]{})
		var h history
		time.Sleep(time.Hour)
		for _, c := range []struct {
			wait time.Duration
			want int // number of samples, including the look's own
		}{
			{0, 1},
			{0, 1},
			{every + 1, 3},
			{time.Minute, 15},
			{linger - time.Second, kept + 1},
			{linger - time.Second, kept + 1},
			{linger + every, 1}, // ended
			{every + 1, 3},
			{24 * time.Hour, 1},
		} {
			time.Sleep(c.wait)
			synctest.Wait()
			w := find(t, &h)
			if got := len(w.past); got != c.want {
				t.Errorf("after %v: %d samples, want %d", c.wait, got, c.want)
			}
			if got := w.past[len(w.past)-1].at.Sub(w.past[0].at); got > span+every {
				t.Errorf("after %v: samples go back %v", c.wait, got)
			}
		}
		time.Sleep(linger + every)
		synctest.Wait()
		if !h.due.IsZero() || h.past != nil {
			t.Errorf("%d pools have samples long after the last look, and a timer is due at %v; want none", len(h.past), h.due)
		}
		runtime.KeepAlive(p)
	})
}

// Samples of pools with the same name are not mixed up, and leave with their pool.
func TestEqualNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := newPool(t, pool.Options[*item]{}), newPool(t, pool.Options[*item]{})
		use(first, 1)
		use(second, 2)
		var h history
		h.look()
		time.Sleep(every + 1)
		if all := h.look(); len(all) != 2 || labelled(all)[1] != t.Name()+" (2 of 2)" {
			t.Fatalf("got %d pools, the labels %q", len(all), labelled(all))
		}
		first.Close()
		w := find(t, &h)
		for _, s := range w.past {
			if s.Created != 2 {
				t.Errorf("a sample has %d created, want 2 as the second pool has", s.Created)
			}
		}
		if got, want := len(w.past), 3; got != want {
			t.Errorf("%d samples, want %d", got, want)
		}
		time.Sleep(every + 1)
		synctest.Wait()
		if len(h.past) != 1 {
			t.Errorf("%d pools have samples, want 1", len(h.past))
		}
	})
}

// Samples do not keep a pool alive.
func TestWeak(t *testing.T) {
	h := new(history)
	func() {
		p := pool.Must(pool.New(pool.Options[*item]{New: func() *item { return new(item) }, Name: t.Name()}))
		use(p, 1)
		find(t, h)
	}()
	for end := time.Now().Add(10 * time.Second); ; runtime.GC() {
		found := false
		for i := range pool.All() {
			found = found || i.Name == t.Name()
		}
		if !found {
			return
		}
		if time.Now().After(end) {
			t.Fatal("a pool with samples was not collected in 10 s")
		}
	}
}

// A handler whose timer belonged to a bubble works again outside it.
func TestAfterBubble(t *testing.T) {
	h := new(history)
	synctest.Test(t, func(*testing.T) { h.look() })
	h.look()
	if now := time.Now(); h.due.Before(now) || h.due.After(now.Add(every)) {
		t.Errorf("the next sample is due at %v, want within %v of %v", h.due, every, now)
	}
}

// A sparkline spans the last minutes from left to right, and 0 to its largest value from bottom to top. It has gaps
// where there is no value.
func TestDraw(t *testing.T) {
	now := time.Now()
	at := func(ago time.Duration, v float64) point { return point{now.Add(-ago), v} }
	for _, c := range []struct {
		points        []point
		top           float64
		path, between string
	}{
		{nil, 0, "", ""},
		{[]point{at(0, 3)}, 0, "", ""},
		{[]point{at(span, 0), at(span/2, 5), at(0, 10)}, 0, "M2.0,26.0h0L60.0,14.0L118.0,2.0", "0 x to 10 x"},
		{[]point{at(2*span, 25), at(0, 50)}, 100, "M2.0,20.0h0L118.0,14.0", "25 x to 50 x"},
		{[]point{at(span, 1), at(span/2, math.NaN()), at(0, 1)}, 0, "M2.0,2.0h0M118.0,2.0h0", "1 x"},
		{[]point{at(span, 0), at(0, 0)}, 0, "M2.0,26.0h0L118.0,26.0", "0 x"},
		{[]point{at(span, 0.25), at(0, 1234)}, 0, "M2.0,26.0h0L118.0,2.0", "0.2 x to 1,234 x"},
	} {
		got := draw("", c.points, c.top, func(v float64) string { return rate(v) + " x" }, now)
		if got == nil {
			got = new(spark)
		}
		if got.Path != c.path || got.Range != c.between {
			t.Errorf("%v: got %q, %q; want %q, %q", c.points, got.Path, got.Range, c.path, c.between)
		}
	}
}

// Figures are formatted for people.
func TestWords(t *testing.T) {
	for _, c := range [][2]string{
		{grouped(0), "0"},
		{grouped(999), "999"},
		{grouped(1000), "1,000"},
		{grouped(-1234567), "-1,234,567"},
		{grouped(-100), "-100"},
		{grouped(uint64(math.MaxUint64)), "18,446,744,073,709,551,615"},
		{percent(0, 0), "–"},
		{percent(1, 3), "33.3%"},
		{percent(99999, 100000), "99.9%"},
		{percent(5, 5), "100.0%"},
		{percent(1, 100000), "0.1%"},
		{size(0), "0 B"},
		{size(1023), "1,023 B"},
		{size(1536), "1.5 KiB"},
		{size(64 << 20), "64.0 MiB"},
		{size(1 << 60), "1048576.0 TiB"},
		{rate(0), "0"},
		{rate(0.44), "0.4"},
		{rate(9), "9"},
		{rate(1234.5), "1,235"},
		{ago(20 * time.Second), "in the last 20 seconds"},
		{ago(time.Minute), "in the last minute"},
		{ago(span), "in the last 5 minutes"},
		{were(1), "1 object was"},
		{were(1203), "1,203 objects were"},
		{fmt.Sprint(objects(0)), "0 objects"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}
