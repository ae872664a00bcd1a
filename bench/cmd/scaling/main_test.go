package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestModel shows the model's shape. Without sharing the time falls with each core. With one shard it stops falling
// when the shard is full.
func TestModel(t *testing.T) {
	p := params{hit: 8, bursts: 10, trade: 64, miss: 100, locked: 4, transfer: 36, stream: 2.5, company: []float64{1: 1, 2: 1.25}}
	slow := p
	slow.transfer = 360
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"trades(128)", trades(128), 0},
		{"trades(32)", trades(32), 12.0 / 256},
		{"hits(1)", p.hits(1), 8},
		{"hits(2)", p.hits(2), 5},
		{"hits(64)", p.hits(64), 8 * 1.25 / 64}, // company of the most cores measured
		{"within(1)", p.within(1), 10},
		{"within(2)", p.within(2), (12.5 + 1.0/256/2*18) / 2}, // one more magazine filled in 256, half of its lines remote
		{"edge(1)", p.edge(1, 32, 0), 13},                     // 12 trades in 256
		{"edge(2)", p.edge(2, 32, 0), (13*1.25 + 7.0/256/2*18) / 2},
		{"edge(2) with steals", p.edge(2, 32, 0.01), (13*1.25 + 7.0/256/2*18 + 2.76) / 2},
		{"remote", p.remote(32), 6*36 + 8*2.5},
		{"steal", p.steal(32), 7*36 + 8*2.5 + 4},
		{"oneShard(1)", p.oneShard(1, 32), 13},
		{"oneShard(2)", p.oneShard(2, 32), (13*1.25 + 7.0/256/2*18 + 12.0/256*236/2) / 2},
		{"oneShard(192)", p.oneShard(192, 32), 12.0 / 256 * 20}, // bound by an index: 40 ns for every second trade
		{"oneShard(2) with slow lines", slow.oneShard(2, 32), (13*1.25 + 7.0/256/2*180 + 12.0/256*2180/(1+2180*12.0/(13*256))) / 2},
		{"full", p.full(32), (10 + 12.0/256*300) / (12.0 / 256 * 20)},
		{"misses(1)", p.misses(1), 100},
		{"misses(64)", p.misses(64), 100 * 1.25 / 64},
		{"missAmong", p.missAmong(false), 136},
		{"missAmong, robbed", p.missAmong(true), 244},
		{"look(64)", p.look(64), 128 * 2.5},
		{"looks(64)", p.looks(64), 136 * 0.02},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
}

// TestVerdicts shows that the verdict on a wrong model is that it fails.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		ratio float64
		ok    bool
	}{{1, true}, {1.2, true}, {1.3, false}, {0.7, false}} {
		m := measured{here: []int{1}, outcomes: make([][]outcome, len(kinds()))}
		for k := range m.outcomes {
			o := outcome{cores: 1, model: []float64{1}, measured: []float64{1}, ratio: []float64{1}}
			if k == 0 {
				o.ratio = []float64{c.ratio, c.ratio, 100}
			}
			m.outcomes[k] = []outcome{o}
		}
		var b bytes.Buffer
		if ok := m.verdicts(&b); ok != c.ok || strings.Contains(b.String(), "FAILS") == c.ok {
			t.Errorf("factor %v: got %v and\n%s", c.ratio, ok, b.String())
		}
	}
}

// TestWide: a parameter that spreads by more than a factor of two between its quartiles is named.
func TestWide(t *testing.T) {
	m := measured{here: []int{1}}
	for i := range 8 {
		x := float64(i%2 + 1)
		m.params = append(m.params, params{hit: x, bursts: 2 * x, trade: x * x, locked: 1})
	}
	if got, want := m.wide(), []string{"trade, one core"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestParams shows that the measured parameters have plausible sizes.
func TestParams(t *testing.T) {
	if got := lockedInstruction(); got < 0.2 || got > 1000 {
		t.Errorf("locked instruction: got %v ns", got)
	}
	here, beyond := cores()
	if len(here) == 0 || here[0] != 1 || len(beyond) > 0 && beyond[0] <= here[len(here)-1] {
		t.Errorf("got %v and %v", here, beyond)
	}
	if len(here) == 1 {
		return
	}
	// On a busy machine a turn takes as long as the other core does other work.
	if got := lineTransfer(); got < 1 || got > 1e9 {
		t.Errorf("transfer: got %v ns", got)
	}
	if got := lineStream(); got < 0.05 || got > 1e9 {
		t.Errorf("of one of many: got %v ns", got)
	}
}

// TestScaling shows what is printed. It does not require that the check holds, because tests run on the machine at
// the same time.
func TestScaling(t *testing.T) {
	var b bytes.Buffer
	err := scaling(context.Background(), &b, io.Discard, false, 3)
	if err != nil && !errors.Is(err, errDisagree) {
		t.Fatal(err)
	}
	if fails := strings.Contains(b.String(), "FAILS"); fails != (err != nil) {
		t.Errorf("got error %v with\n%s", err, b.String())
	}
	want := []string{"hit    0 and 0", "transfer of a line"}
	if !strings.Contains(b.String(), "NO PREDICTION") {
		want = append(want, "CHECK", "bursts over the edge")
	}
	for _, want := range want {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := scaling(ctx, &b, io.Discard, false, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: got %v", err)
	}
}
