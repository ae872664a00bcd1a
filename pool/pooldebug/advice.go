package pooldebug

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plungepool/plunge/pool"
)

// advice says what looks wrong with a pool, and what would help.
type advice struct{ Title, Text string }

// Fewer events than these prove nothing.
const (
	fewObjects  = 10
	fewAcquires = 100
)

// window is what happened between two samples.
type window struct {
	pool.Stats         // at its end
	ago         string // "in the last minute"
	whole       bool   // it began with the pool
	acquired    uint64
	reused      uint64
	created     uint64
	released    uint64
	dropped     pool.Discards
	lastSamples []sample // the samples in it
	limits      *limits  // nil: the pool is not of package resource
}

// since returns the window of the last d, or from the oldest sample on if that is later. If the window would be
// shorter than two sampling intervals, it is the pool's whole life.
func (w *watched) since(d time.Duration) window {
	now := w.past[len(w.past)-1]
	i := len(w.past) - 1
	for i > 0 && now.at.Sub(w.past[i].at) < d {
		i--
	}
	was, length := w.past[i], now.at.Sub(w.past[i].at)
	win := window{Stats: now.Stats, ago: ago(length), lastSamples: w.past[i:]}
	if length < 2*every {
		was, win.ago, win.whole = sample{}, "since the pool was made", true
	}
	win.acquired = grown(now.Acquired, was.Acquired)
	win.reused = grown(now.Reused, was.Reused)
	win.created = grown(now.Created, was.Created)
	win.released = grown(now.Released, was.Released)
	win.dropped = minus(now.Discarded, was.Discarded)
	if now.limited != nil {
		win.limits = limitsOf(now.limited, was.limited)
	}
	return win
}

// grown is now-was of a counter, at least 0: a counter may have been read in the middle of a call.
func grown(now, was uint64) uint64 { return now - min(now, was) }

func minus(d, e pool.Discards) pool.Discards {
	return pool.Discards{
		Full:     grown(d.Full, e.Full),
		Expired:  grown(d.Expired, e.Expired),
		Invalid:  grown(d.Invalid, e.Invalid),
		Rejected: grown(d.Rejected, e.Rejected),
		Broken:   grown(d.Broken, e.Broken),
		Panicked: grown(d.Panicked, e.Panicked),
		Cleared:  grown(d.Cleared, e.Cleared),
		Pruned:   grown(d.Pruned, e.Pruned),
		Closed:   grown(d.Closed, e.Closed),
		Pressed:  grown(d.Pressed, e.Pressed),
	}
}

// advise returns the advice for a pool, none for a healthy one.
func (w *watched) advise() []advice {
	minute, all := w.since(time.Minute), w.since(span)
	var found []advice
	add := func(title, text string) {
		if text != "" {
			found = append(found, advice{title, text})
		}
	}
	if w.limited != nil {
		w.adviseLimited(minute, all, add)
		return found
	}
	add("Full discards", w.full(minute))
	add("Rejected", rejected(minute))
	add("Invalid", invalid(minute))
	add("Expired", expired(all))
	add("Memory was short", pressed(minute))
	add("Panicked", w.panicked())
	add("In use only grows", w.grows(all))
	if len(found) == 0 {
		add("Low hit rate", lowHitRate(minute))
	}
	return found
}

// full is for objects that had no room: one in a hundred of those that came back, or more.
func (w *watched) full(win window) string {
	n := win.dropped.Full
	if n < fewObjects || n < win.released/100 || win.MaxIdle == 0 {
		return ""
	}
	switch {
	case w.Kind == "buffers":
		return fmt.Sprintf("%s dropped %s because their tier or MaxRetainedBytes was full; %s are idle. "+
			"A larger MaxRetainedBytes or MaxIdlePerTier keeps more.", were(n), win.ago, size(w.Bytes))
	case w.boundedByBytes():
		return fmt.Sprintf("MaxIdle is %s, but peak idle was only %s; %s dropped %s. "+
			"So MaxIdleBytes has no room for them, or MaxIdle was lower before. A larger MaxIdleBytes keeps more.",
			grouped(win.MaxIdle), grouped(win.PeakIdle), were(n), win.ago)
	}
	text := fmt.Sprintf("MaxIdle is %s and peak idle was %s; %s dropped %s. ",
		grouped(win.MaxIdle), grouped(win.PeakIdle), were(n), win.ago)
	if enough := uint64(win.MaxIdle) + win.surplus(); enough <= min(4*uint64(win.MaxIdle), pool.LimitMaxIdle) {
		return text + fmt.Sprintf("A MaxIdle of %s would have kept them.", grouped(enough))
	}
	return text + fmt.Sprintf("A larger MaxIdle keeps more: try %s.", grouped(min(2*win.MaxIdle, pool.LimitMaxIdle)))
}

// boundedByBytes reports whether MaxIdleBytes, not MaxIdle, leaves no room for objects. Up to half of MaxIdle may
// be private memory of Ps, which other Ps cannot use.
func (w *watched) boundedByBytes() bool {
	if 2*w.Stats.PeakIdle < w.Stats.MaxIdle {
		return true
	}
	return w.Stats.PeakIdle < w.Stats.MaxIdle && slices.ContainsFunc(w.past, func(s sample) bool { return s.IdleBytes > 0 })
}

// surplus returns how much larger MaxIdle would have to be to keep every object that found no room. It counts
// these, minus those that were created again, and assumes the worst order of events between two samples.
func (win window) surplus() uint64 {
	if win.whole {
		return win.dropped.Full
	}
	var now, most uint64
	for i, s := range win.lastSamples[1:] {
		was := win.lastSamples[i]
		now += grown(s.Discarded.Full, was.Discarded.Full)
		most = max(most, now)
		now -= min(now, grown(s.Created, was.Created))
	}
	return most
}

// rejected is for a Retain that refuses one in ten.
func rejected(win window) string {
	n := win.dropped.Rejected
	if n < fewObjects || n < win.released/10 {
		return ""
	}
	return fmt.Sprintf("Retain refused %s of %s that came back %s (%s); %s created. "+
		"If those are objects of ordinary size, raise its limit.",
		grouped(n), objects(win.released), win.ago, percent(n, win.released), were(win.created))
}

// invalid is for a Validate that refuses one in ten.
func invalid(win window) string {
	n := win.dropped.Invalid
	if n < fewObjects || n < (win.reused+n)/10 {
		return ""
	}
	return fmt.Sprintf("Validate refused %s of %s that were idle and needed %s (%s). "+
		"If they become so with age, a shorter MaxIdleTime drops them before.",
		grouped(n), objects(win.reused+n), win.ago, percent(n, win.reused+n))
}

// expired is for objects that expire and are created again.
func expired(win window) string {
	n := win.dropped.Expired
	if n < fewObjects || win.created < max(fewObjects, n/2, win.acquired/100) {
		return ""
	}
	return fmt.Sprintf("%s dropped %s because they were idle for MaxIdleTime; in that time %s created. "+
		"A longer MaxIdleTime keeps them over a pause, and MinIdle keeps some for ever.",
		were(n), win.ago, were(win.created))
}

// pressed is for objects that the pool dropped to save memory.
func pressed(win window) string {
	n := win.dropped.Pressed
	if n < fewObjects || n < win.acquired/100 {
		return ""
	}
	return fmt.Sprintf("%s dropped %s because the process came within a tenth of its memory limit (GOMEMLIMIT). "+
		"Raise the limit, or look for what else takes memory.", were(n), win.ago)
}

// panicked is for hooks that do not return: even one. A snapshot may count an object in the middle of its Reset,
// but hardly every snapshot does.
func (w *watched) panicked() string {
	n := w.Stats.Discarded.Panicked
	for _, s := range w.past[max(0, len(w.past)-3):] {
		n = min(n, s.Discarded.Panicked)
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s lost since the pool was made: a hook panicked, called runtime.Goexit, or has not returned. "+
		"The panic went on to the caller of the pool.", were(n))
}

// parts is how many parts of a window grows compares.
const parts = 5

// grows is for objects that do not come back. The minimum in use rises in each part of the window, and in the last
// part exceeds the maximum of the first part. It is not reported if the load has grown as much.
func (w *watched) grows(win window) string {
	s := win.lastSamples
	if win.whole || s[len(s)-1].at.Sub(s[0].at) < time.Minute {
		return ""
	}
	var fewest [parts]int
	most := 0 // in the first part
	for i := range parts {
		part := s[i*len(s)/parts : (i+1)*len(s)/parts]
		fewest[i] = slices.MinFunc(part, byUse).InUse
		if i == 0 {
			most = slices.MaxFunc(part, byUse).InUse
		} else if fewest[i] <= fewest[i-1] {
			return ""
		}
	}
	if fewest[parts-1] <= most || fewest[parts-1]-fewest[0] < fewObjects {
		return ""
	}
	before, after := load(s[:len(s)/parts+1]), load(s[len(s)-len(s)/parts-1:])
	if after*float64(most+1) >= before*float64(fewest[parts-1]) {
		return ""
	}
	where := "pool.Options.Check finds where they were acquired."
	if w.limited != nil {
		where = "resource.Options.Stacks finds where they were acquired."
	}
	if w.held("") != nil {
		where = "The page shows where they were acquired, under Who holds objects."
	}
	return fmt.Sprintf("It rose from %s to %s %s and did not come back down. Objects may not be released (a leak). "+where,
		grouped(s[0].InUse), grouped(s[len(s)-1].InUse), win.ago)
}

func byUse(a, b sample) int { return a.InUse - b.InUse }

// load returns the Acquires per second.
func load(s []sample) float64 {
	first, last := s[0], s[len(s)-1]
	return float64(grown(last.Acquired, first.Acquired)) / last.at.Sub(first.at).Seconds()
}

// lowHitRate is for a low hit rate that no other advice explains.
func lowHitRate(win window) string {
	if win.acquired < fewAcquires || 2*win.reused >= win.acquired {
		return ""
	}
	text := fmt.Sprintf("Only %s of %s acquired %s were idle ones; %s created. ",
		percent(win.reused, win.acquired), objects(win.acquired), win.ago, were(win.created))
	main := slices.MaxFunc(reasons(win.dropped), func(a, b reason) int { return int(a.Count) - int(b.Count) })
	switch {
	case 2*main.Count >= win.created:
		return text + fmt.Sprintf("The reason is that %s dropped: %s.", were(main.Count), main.About)
	case !win.whole && 2*win.released < win.acquired:
		return text + fmt.Sprintf("Only %s came back: what is not released cannot be reused.", objects(win.released))
	}
	return ""
}

// were returns "1 object was", "1,203 objects were".
func were(n uint64) string {
	if n == 1 {
		return objects(n) + " was"
	}
	return objects(n) + " were"
}

// reason is why objects were dropped.
type reason struct {
	Name, About string
	Count       uint64
}

// reasons returns all of them, in the order of pool.Discards.
func reasons(d pool.Discards) []reason {
	return []reason{
		{"full", "the pool held MaxIdle or MaxIdleBytes already", d.Full},
		{"expired", "idle for longer than MaxIdleTime, or not needed for so long", d.Expired},
		{"invalid", "Validate refused it when it was to be handed out", d.Invalid},
		{"rejected", "Retain refused it when it came back", d.Rejected},
		{"broken", "its user called Lease.Discard", d.Broken},
		{"panicked", "a hook panicked over it, or has yet to return", d.Panicked},
		{"cleared", "the program called Clear", d.Cleared},
		{"pruned", "the program called Prune", d.Pruned},
		{"closed", "the pool was closed", d.Closed},
		{"pressed", "memory was short", d.Pressed},
	}
}

// because returns the reasons that are not 0, such as "full 1,203, expired 3".
func because(d pool.Discards) string {
	var s []string
	for _, r := range reasons(d) {
		if r.Count > 0 {
			s = append(s, r.Name+" "+grouped(r.Count))
		}
	}
	return strings.Join(s, ", ")
}
