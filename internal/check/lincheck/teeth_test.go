package main

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// with is the kind with other queues.
func (k queueKind) with(mk func(int, *rand.Rand) queue) func(uint64) played {
	k.make = mk
	return k.play
}

// hunt plays histories until one is wrong, or the time is over.
func hunt(t *testing.T, play func(uint64) played, d time.Duration) (*violation, tally) {
	t.Helper()
	s := settings{limit: 10 * time.Second, seed: rand.Uint64()}
	n, v := structure{"test", play}.run(s, d)
	t.Logf("seed %d, %d histories, %d calls, %d undecided", s.seed, n.histories, n.calls, n.undecided)
	return v, n
}

// A structure that is broken in a way that its contract forbids is found out.
func TestTeeth(t *testing.T) {
	for _, c := range []struct {
		name   string
		play   func(fault) func(uint64) played
		faults []fault
	}{
		{
			"handles/slow",
			func(f fault) func(uint64) played { return handlesKind.with(slowQueues(f)) },
			[]fault{"full too early", "overwrites", "one too many", "loses", "jumps the queue", "empty too early", "last in, first out", "doubles", "invents"},
		},
		{
			// Without a fault, too: this contract does not allow half done calls.
			"handles/twin",
			func(f fault) func(uint64) played { return handlesKind.with(twins(f)) },
			[]fault{"", "gives up a lost CAS", "claims without CAS", "no look at the stamp", "publishes too early", "frees too early"},
		},
		{
			"ring/slow",
			func(f fault) func(uint64) played { return ringKind.with(slowQueues(f)) },
			[]fault{"full too early", "overwrites", "one too many", "loses", "jumps the queue", "empty too early", "last in, first out", "doubles", "invents"},
		},
		{
			"ring/twin",
			func(f fault) func(uint64) played { return ringKind.with(twins(f)) },
			[]fault{"gives up in company", "gives up a lost CAS", "claims without CAS", "no look at the stamp", "publishes too early", "frees too early"},
		},
		{
			"pool/slow",
			func(f fault) func(uint64) played { return playObjects(slowPools(f)) },
			[]fault{
				"hands out twice", "hands out what it destroys", "one too many", "keeps after Close",
				"forgets Destroy", "destroys twice", "Clear leaves one", "Clear puts back", "Clear forgets Destroy",
			},
		},
		{
			"bag/slow",
			func(f fault) func(uint64) played { return playBag(slowPools(f)) },
			[]fault{
				"misses what is there", "last in, first out", "hands out twice", "hands out what it destroys", "one too many",
				"keeps after Close", "full too early", "forgets Destroy", "destroys twice", "Clear leaves one",
				"Clear is not one instant", "Clear puts back", "Clear forgets Destroy", "miscounts",
			},
		},
		{
			"resource/slow",
			func(f fault) func(uint64) played { return playResource(slowLimiters(f)) },
			[]fault{"barges", "last come, first served", "lends twice", "one too many", "misses what is there"},
		},
	} {
		for _, f := range c.faults {
			t.Run(c.name+"/"+string(f), func(t *testing.T) {
				v, _ := hunt(t, c.play(f), 10*time.Second)
				if v == nil {
					t.Fatal("no history was found wrong")
				}
			})
		}
	}
}

// A structure that is right, but slow, is not found wrong; nor is one that has the faults that
// another contract permits.
func TestSound(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(uint64) played
	}{
		{"handles/slow", handlesKind.with(slowQueues(""))},
		{"ring/slow", ringKind.with(slowQueues(""))},
		{"ring/twin", ringKind.with(twins(""))},
		{"pool/slow", playObjects(slowPools(""))},
		{"pool/slow/Clear is not one instant", playObjects(slowPools("Clear is not one instant"))},
		{"pool/slow/misses what is there", playObjects(slowPools("misses what is there"))},
		{"pool/slow/full too early", playObjects(slowPools("full too early"))},
		{"pool/slow/last in, first out", playObjects(slowPools("last in, first out"))},
		{"bag/slow", playBag(slowPools(""))},
		{"resource/slow", playResource(slowLimiters(""))},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, n := hunt(t, c.play, 300*time.Millisecond)
			if v != nil {
				var b strings.Builder
				v.report(&b, c.name, 10*time.Second)
				t.Error(b.String())
			}
			if n.undecided > 0 {
				t.Errorf("%d of %d histories are undecided", n.undecided, n.histories)
			}
		})
	}
}

// A violation is reported with all that it takes to look at it.
func TestReport(t *testing.T) {
	v, _ := hunt(t, ringKind.with(slowQueues("loses")), 10*time.Second)
	if v == nil {
		t.Fatal("no history was found wrong")
	}
	var b strings.Builder
	v.report(&b, "ring", 10*time.Second)
	for _, want := range []string{"ring: VIOLATION\n", "seed ", "GOMAXPROCS=", "goroutine ", "none of these can be next:\n", "picture: "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, b.String())
		}
	}
	_, path, _ := strings.Cut(b.String(), "picture: ")
	path = strings.TrimSpace(path)
	html, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(path)
	if got := string(html); !strings.Contains(got, "<html") || !strings.Contains(got, "push ") {
		t.Errorf("%s has %d bytes, and no page with the calls", path, len(html))
	}
}

// A search that takes longer than its limit is undecided, never sound.
func TestUndecided(t *testing.T) {
	p := handlesKind.play(1)
	if got, v := p.judge(time.Nanosecond); got != undecided || v != nil {
		t.Errorf("judged as %v, %v with no time at all, want undecided", got, v)
	}
	st := structure{"test", handlesKind.play}
	n, _ := st.run(settings{limit: time.Nanosecond}, 10*time.Millisecond)
	if n.undecided != n.histories || n.histories == 0 {
		t.Errorf("%d of %d histories are undecided, want all", n.undecided, n.histories)
	}
}
