package work

import (
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// Look is how long some things take on a core just now that take always as long there where
// nothing disturbs it. The zero Look is that of no core.
//
// A virtual machine's core is one of two threads of a real one, as a rule, and the other
// is someone else's. While that is busy everything here takes up to twice as long, and not
// everything the same: what waits for locked instructions or for the stores before it loses less
// than what keeps the core's units busy. So a ratio is another one then, for seconds or for a
// millisecond. Which thing tells of it depends on the processor:
//
//   - On two cores of Zen 3 a word counted in memory. Where that took up to 1.06 times as long as at
//     best, nine of ten pairs with a sync.Pool were within 2 % of their median; where it was 1.25 to
//     1.4 times, in half of the time, those took 1.3 times as long, and arithmetic as long as ever; and
//     where all was delayed, in most of the rest, 1.4 to 1.8 times.
//   - On two of Cascade Lake sums in registers: where they took up to 1.05 times as long as at best, two
//     thirds of the time, a pair of plunge took 0.83 to 0.84 of one under a mutex, nine times of ten,
//     and where it was 1.8 times 1.18 to 1.42; the word was counted as fast as ever.
//
// Line is how long the cores pass a cache line round, 0 for one core. Two virtual cores are, for minutes or for
// milliseconds, two cores, then two that are far from each other, or two threads of one. On two of
// Zen 4 the line took 2.7 µs, and now and then 13; and in most looks that found both disturbed sums took twice as
// long as when one core was at work.
type Look struct{ Word, Sums, Line time.Duration }

const (
	// wordOps and sumsOps take some 5 to 10 µs each.
	wordOps = 8_000
	sumsOps = 5_000

	// laps is how often each core has the line.
	laps = 40

	// wordWithin and the others are how much longer than at best they may take, of 100. That
	// lets the second state of Zen 3 pass: the best is rare, and the ratio of a pair to a sync.Pool
	// was 0.67 to 0.69 in it, and 0.69 to 0.71 in the second.
	wordWithin = 50
	sumsWithin = 25
	lineWithin = 50
)

// LookAt looks at this core, or at so many where that is not 1, at most as many as GOMAXPROCS
// and as there are: the longest that each thing took. Of no core it returns no look.
func LookAt(cores int) Look {
	switch cores {
	case 0:
		return Look{}
	case 1:
		return lookHere()
	}
	var (
		looks   = make([]Look, cores)
		barrier = newBarrier(cores)
		done    sync.WaitGroup
		token   atomic.Int64
		all     Look
	)
	for i := range cores {
		done.Go(func() {
			barrier.start(i == 0)
			looks[i] = lookHere()
			barrier.meet()
			looks[i].Line = relay(&token, i, cores)
		})
	}
	done.Wait()
	for _, l := range looks {
		all = all.Worst(l)
	}
	return all
}

func lookHere() (l Look) {
	var words [16]uint64 // the one in their middle is alone in its cache line
	word := &words[8]
	start := time.Now()
	count(word, wordOps)
	l.Word = time.Since(start)
	start = time.Now()
	*word = sum(sumsOps) // which nobody reads
	l.Sums = time.Since(start)
	return l
}

// relay has core i of n wait for its turn to count, and let the next, laps times.
func relay(turn *atomic.Int64, i, n int) time.Duration {
	start := time.Now()
	for lap := range laps {
		mine := int64(lap*n + i)
		for turn.Load() != mine {
		}
		turn.Store(mine + 1)
	}
	return time.Since(start)
}

// Worst returns the longest that each took.
func (l Look) Worst(o Look) Look {
	return Look{max(l.Word, o.Word), max(l.Sums, o.Sums), max(l.Line, o.Line)}
}

// Best returns the shortest that each took; o, if l is the zero Look, and the other way round. The line counts
// where the cores were calm: between the threads of one core it is faster than it ever is between two.
func (l Look) Best(o Look) Look {
	switch {
	case l == Look{}:
		return o
	case o == Look{}:
		return l
	}
	best := Look{Word: min(l.Word, o.Word), Sums: min(l.Sums, o.Sums)}
	for _, each := range []Look{l, o} {
		if each.Line > 0 && each.Calm(best) && (best.Line == 0 || each.Line < best.Line) {
			best.Line = each.Line
		}
	}
	return best
}

// Calm reports whether cores that do at their best what best says were not disturbed at the
// look; where there was none, or nothing is known of the best, they were not.
func (l Look) Calm(best Look) bool {
	within := func(took, best time.Duration, percent time.Duration) bool {
		return took <= best+best/100*percent || took == 0 || best == 0
	}
	return within(l.Word, best.Word, wordWithin) && within(l.Sums, best.Sums, sumsWithin) && within(l.Line, best.Line, lineWithin)
}

// count counts a word in memory up and down: each load waits for the store before it.
//
//go:noinline
func count(word *uint64, n int) {
	for range n {
		*word++
		*word--
	}
}

// sum does sums that do not wait for each other, and returns something of all of them.
//
//go:noinline
func sum(n int) uint64 {
	var a, b, c, d, e, f uint64 = 1, 2, 3, 4, 5, 6
	for range n {
		a += 3
		b ^= 5
		c += 7
		d ^= 9
		e += 11
		f ^= 13
	}
	return a + b + c + d + e + f
}

// Allocated returns about how many bytes have been allocated so far.
func Allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
