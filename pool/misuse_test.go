package pool

import (
	"strings"
	"sync"
	"testing"
)

// clearLog empties the process's log of misuse for the rest of the test.
func clearLog(t *testing.T) {
	misuses.mu.Lock()
	kept, total := misuses.kept, misuses.total
	misuses.kept, misuses.total = nil, 0
	misuses.mu.Unlock()
	t.Cleanup(func() {
		misuses.mu.Lock()
		defer misuses.mu.Unlock()
		misuses.kept, misuses.total = kept, total
	})
}

func TestReport(t *testing.T) {
	clearLog(t)
	p := Must(New(Options[*int]{New: func() *int { return new(int) }, Check: true, OnMisuse: func(Misuse) {}, Name: "reported"}))
	if got := Report(); len(got) != 0 || Reported() != 0 {
		t.Errorf("Report: got %v and %d, want nothing", got, Reported())
	}
	v := p.Acquire()
	p.Release(new(int))
	p.Release(v)
	p.Release(v)
	got := Report()
	if len(got) != 2 || got[0].Kind != ForeignRelease || got[1].Kind != DoubleRelease || got[1].Pool != "reported" {
		t.Errorf("Report: got %v, want a foreign and a double release", got)
	}
	got[0].Pool = "mine" // a copy
	if Report()[0].Pool != "reported" {
		t.Error("Report: got the log itself, want a copy")
	}

	const goroutines, each = 4, 200
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				p.Release(new(int))
				Report()
			}
		})
	}
	wg.Wait()
	if got := Report(); len(got) != LimitReport || got[1].Kind != DoubleRelease {
		t.Errorf("Report: got %d, want the first %d", len(got), LimitReport)
	}
	if got := Reported(); got < 2+goroutines*each { // leaks of other tests may be among them
		t.Errorf("Reported: got %d, want all %d", got, 2+goroutines*each)
	}
}

func TestMisuseString(t *testing.T) {
	names := map[MisuseKind]string{
		DoubleRelease: "double release", ForeignRelease: "foreign release", StillLeased: "still leased", Leak: "leak",
		0: "MisuseKind(0)",
	}
	for kind, want := range names {
		if got := kind.String(); got != want {
			t.Errorf("String: got %q, want %q", got, want)
		}
		if got, want := (Misuse{Pool: "p", Kind: kind}).Error(), `pool: `+want+` in pool "p"`; got != want {
			t.Errorf("Error: got %q, want %q", got, want)
		}
	}
	var none Stack
	if none.String() != "" || none.Frames() != nil {
		t.Errorf("empty Stack: got %q and %v, want nothing", none, none.Frames())
	}
	here := func() Stack { return callers() }()
	if text, err := here.MarshalText(); err != nil || !strings.Contains(string(text), "\n\t") || string(text) != here.String() {
		t.Errorf("MarshalText: got %q, %v, want what String returns", text, err)
	}
}
