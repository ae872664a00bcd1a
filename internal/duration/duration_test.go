package duration

import (
	"math"
	"testing"
	"time"
)

func TestTooShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "", -1: "", math.MinInt64: "", time.Millisecond: "", time.Hour: "", math.MaxInt64: "",
		1:                    "want 1ms or more (1*time.Second?), or none",
		30:                   "want 1ms or more (30*time.Second?), or none",
		999:                  "want 1ms or more (999*time.Second?), or none",
		1500:                 "want 1ms or more, or none",
		5000:                 "want 1ms or more (5*time.Millisecond?), or none",
		time.Millisecond - 1: "want 1ms or more, or none",
	} {
		if got, short := TooShort(d, "none"); got != want || short != (want != "") {
			t.Errorf("%d: got %q and %t, want %q", d, got, short, want)
		}
	}
}
