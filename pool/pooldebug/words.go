package pooldebug

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// grouped returns n with commas between groups of three digits.
func grouped[T int | int64 | uint64](n T) string {
	s := fmt.Sprint(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// objects returns "1 object", "1,203 objects".
func objects(n uint64) string {
	if n == 1 {
		return "1 object"
	}
	return grouped(n) + " objects"
}

// percent returns the share of part in whole.
func percent(part, whole uint64) string {
	if whole == 0 {
		return "–"
	}
	return inPercent(100 * float64(part) / float64(whole))
}

// inPercent returns 0% and 100% only for exactly these values.
func inPercent(p float64) string {
	if p > 0 && p < 100 {
		p = min(max(p, 0.1), 99.9)
	}
	return strconv.FormatFloat(p, 'f', 1, 64) + "%"
}

// size returns a number of bytes with a binary unit.
func size(n int64) string {
	if n < 1<<10 {
		return grouped(n) + " B"
	}
	v, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB"} {
		if v /= 1 << 10; v < 1<<10 {
			break
		}
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
}

// rate returns a number that may be less than 1.
func rate(v float64) string {
	if v < 10 && v != math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return grouped(int64(math.Round(v)))
}

// inSeconds is rate with its unit.
func inSeconds(v float64) string { return rate(v) + "/s" }

// ago returns "in the last minute", or so.
func ago(d time.Duration) string {
	switch {
	case d < 55*time.Second:
		return fmt.Sprintf("in the last %d seconds", int(d.Round(time.Second)/time.Second))
	case d < 90*time.Second:
		return "in the last minute"
	}
	return fmt.Sprintf("in the last %d minutes", int(d.Round(time.Minute)/time.Minute))
}
