package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/plungepool/plunge/pool"
)

// balanced is an account in which everything is right.
func balanced() *account {
	at := func(idle, holding int64) *row {
		destroyed := 90 - idle - holding
		return &row{
			name: "p", len: int(idle), holding: holding,
			made: 100, orphaned: 7, destroyed: destroyed, forgotten: 3,
			handed: 500, released: 495 - holding, broken: 2,
			stats: pool.Stats{
				Created: 90, Warmed: 3, Acquired: 510, Reused: 420, Released: uint64(505 - holding),
				Discarded: pool.Discards{Full: uint64(destroyed - 2), Broken: 2},
				Idle:      int(idle), InUse: int(holding + 3), PeakIdle: 40, MaxIdle: 64,
			},
		}
	}
	a := &account{
		long: 1, rest: []*row{at(20, 10)}, ended: []*row{at(0, 0)},
		shortMade: 5, shortFailed: 1, shortClosed: 2, shortDropped: 3, settled: 6,
		shortObjects: 50, shortOrphaned: 1, shortDestroyed: 40, shortForgotten: 2, idleFailed: 3, idleLeft: 4,
		collected: 6, made: 150, destroyed: 130,
		goroutines: [2]int{3, 3}, heap: [2]int64{1 << 20, 2 << 20}, steps: 10,
	}
	a.ops[opAcquire] = 500
	return a
}

func TestAccount(t *testing.T) {
	tests := map[string]struct {
		breaks func(a *account)
		want   string // nothing: the account is right
	}{
		"balanced":                    {func(*account) {}, ""},
		"an object lost":              {func(a *account) { a.rest[0].made++ }, "objects made, destroyed + held + lost"},
		"one that the pool counts":    {func(a *account) { a.rest[0].made++; a.rest[0].stats.Created++ }, "Created + Warmed, InUse + Idle"},
		"lost from the idle ones":     {func(a *account) { a.rest[0].stats.Idle--; a.rest[0].len-- }, "Created + Warmed, InUse + Idle"},
		"lost, and counted as in use": {func(a *account) { a.rest[0].stats.Idle--; a.rest[0].len--; a.rest[0].stats.InUse++ }, "InUse, the objects held and forgotten: got 14, want 13"},
		"one destroyed twice":         {func(a *account) { a.rest[0].destroyed++ }, "Discarded.Total(), the calls of Destroy: got 60, want 61"},
		"twice, in both rows":         {func(a *account) { a.ended[0].destroyed++; a.destroyed++ }, "objects left: got -1, want 0"},
		"twice, in a short one":       {func(a *account) { a.shortDestroyed++; a.destroyed++ }, "objects made, destroyed + held + lost: got 150, want 151"},
		"not destroyed by Close": {func(a *account) {
			a.ended[0].destroyed--
			a.ended[0].stats.Discarded.Full--
			a.ended[0].stats.Idle++
			a.ended[0].len++
		}, "objects left: got 1, want 0"},
		"dropped without Destroy":  {func(a *account) { a.ended[0].destroyed-- }, "Discarded.Total(), the calls of Destroy: got 90, want 89"},
		"an object of nobody":      {func(a *account) { a.made++ }, "objects made, counted for all pools together"},
		"a Destroy of nobody":      {func(a *account) { a.destroyed++ }, "objects destroyed, counted for all pools together"},
		"an Acquire not counted":   {func(a *account) { a.rest[0].stats.Acquired--; a.rest[0].stats.Reused-- }, "Acquired - Released"},
		"a user's object gone":     {func(a *account) { a.rest[0].holding-- }, "objects in the users' hands"},
		"over MaxIdle":             {func(a *account) { a.rest[0].stats.MaxIdle = 10 }, "MaxIdle 10"},
		"a pool not collected":     {func(a *account) { a.collected-- }, "pools collected, made"},
		"its hooks not collected":  {func(a *account) { a.settled-- }, "pools collected with their hooks"},
		"a pool of nobody":         {func(a *account) { a.shortClosed-- }, "pools closed and dropped, made"},
		"held of a collected pool": {func(a *account) { a.shortHeld++; a.idleLeft-- }, "in users' hands: got 1, want 0"},
		"a row missing":            {func(a *account) { a.ended = nil }, "rows of pools closed"},
		"a goroutine left":         {func(a *account) { a.goroutines[1]++ }, "goroutines at the end, at the start: got 4, want 3"},
		"the heap grown":           {func(a *account) { a.heap[1] = a.heap[0] + heapMargin + 1 }, "the heap has grown"},
		"a violation":              {func(a *account) { a.violations, a.failures = []string{"one", "two"}, 2 }, "two"},
		"many violations":          {func(a *account) { a.violations, a.failures = []string{"one"}, 5 }, "and 4 failures more"},
		"nothing done":             {func(a *account) { a.steps = 0 }, "nothing was done"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := balanced()
			test.breaks(a)
			wrong := strings.Join(a.check(), "\n")
			if !strings.Contains(wrong, test.want) || test.want == "" && wrong != "" {
				t.Errorf("got %q, want it to have %q", wrong, test.want)
			}
			var text bytes.Buffer
			if err := a.write(&text); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(text.String(), "result:  FAILED"); got != (test.want != "") {
				t.Errorf("the account says that it failed: got %v, want %v:\n%s", got, !got, &text)
			}
		})
	}
}
