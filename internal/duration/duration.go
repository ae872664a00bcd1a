// Package duration finds durations that lack a unit: 30 is 30 ns.
package duration

import (
	"fmt"
	"time"
)

// Least is the shortest duration, other than 0, that an option takes.
const Least = time.Millisecond

// TooShort reports whether d is a positive duration under Least, and what to use
// instead. otherwise is what 0 and negative durations stand for.
func TooShort(d time.Duration, otherwise string) (remedy string, short bool) {
	if d <= 0 || d >= Least {
		return "", false
	}
	guess := ""
	switch {
	case d < time.Microsecond:
		guess = fmt.Sprintf(" (%d*time.Second?)", d)
	case d%time.Microsecond == 0:
		guess = fmt.Sprintf(" (%d*time.Millisecond?)", d/time.Microsecond)
	}
	return fmt.Sprintf("want %v or more%s, or %s", Least, guess, otherwise), true
}
