package held

import (
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/bench/internal/peer"
)

// plunge creates at most as many objects as the peak in use, plus a tenth and one, whatever the load.
func TestPlungeMeetsTheBar(t *testing.T) {
	for _, r := range Run(t.Context(), 150*time.Millisecond, peer.Options{}) {
		if r.Created == 0 || r.Peak == 0 || r.Idle > r.Created {
			t.Errorf("%v, %s: %d created for a peak of %d, %d idle", r.Load, r.Peer, r.Created, r.Peak, r.Idle)
		}
		if r.Peer == "plunge" && float64(r.Created) > Bar(r.Peak) {
			t.Errorf("%v: %d created for a peak of %d, want at most %.1f", r.Load, r.Created, r.Peak, Bar(r.Peak))
		}
	}
}

func TestWrite(t *testing.T) {
	var b strings.Builder
	l := Load{Procs: 2, Goroutines: 3, Hold: time.Millisecond}
	if err := Write(&b, []Row{{l, "plunge", 10, 13, 13, 13 << 10}, {l, "sync.Pool", 10, 40, 2, 2 << 10}, {l, "plunge", 10, 12, 12, 12 << 10}}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	if strings.Count(got, "MISSED") != 1 || strings.Count(got, " ok") != 1 || !strings.Contains(got, "3 goroutines on 2 Ps, held for up to 1ms") {
		t.Errorf("got\n%s", got)
	}
	b.Reset()
	if err := Write(&b, nil); err != nil || b.Len() != 0 {
		t.Errorf("without rows: %q, %v", b.String(), err)
	}
}
