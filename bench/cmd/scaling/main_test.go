package main

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
)

// TestModel shows the model's shape: without sharing the time falls as cores are
// added, at one shard it stops falling where the shard is full.
func TestModel(t *testing.T) {
	p := params{hit: 8, burst: 10, locked: 5, transfer: 80}
	if got := p.hits(64); got != 0.125 {
		t.Errorf("hits(64): got %v, want 0.125", got)
	}
	if got := p.bursts(2); got != 5 {
		t.Errorf("bursts(2): got %v, want 5", got)
	}
	if got := p.oneShard(1); got != 10 {
		t.Errorf("oneShard(1): got %v, want the time without a transfer, 10", got)
	}
	if got := p.oneShard(2); got != 7.5 { // 5 ns a value of 4 transfers every 64
		t.Errorf("oneShard(2): got %v, want 7.5", got)
	}
	if a, b := p.oneShard(16), p.oneShard(192); a != 5 || b != 5 {
		t.Errorf("oneShard(16), oneShard(192): got %v and %v, want 5", a, b)
	}
	if got := p.full(); got != 3 {
		t.Errorf("full: got %v, want 3", got)
	}
	if got := p.steal(); got != 15 { // 12 lines
		t.Errorf("steal: got %v, want 15", got)
	}
}

// TestParams shows that what is measured is of a size that can be.
func TestParams(t *testing.T) {
	if got := lockedInstruction(); got < 0.2 || got > 1000 {
		t.Errorf("locked instruction: got %v ns", got)
	}
	if got := lineTransfer(); !math.IsNaN(got) && (got < 1 || got > 1e6) {
		t.Errorf("transfer: got %v ns", got)
	}
	here, beyond := cores()
	if len(here) == 0 || here[0] != 1 || len(beyond) > 0 && beyond[0] <= here[len(here)-1] {
		t.Errorf("got %v and %v", here, beyond)
	}
}

func TestScaling(t *testing.T) {
	var b bytes.Buffer
	if err := scaling(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"hit    0 and 0", "transfer of a cache line", "cores  pairs"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := scaling(ctx, &b); err == nil {
		t.Error("interrupted: got no error")
	}
}
