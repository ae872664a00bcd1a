package pooldebug

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/plungepool/plunge/pool/resource"
)

// What is shown of pools of package resource, which have a limit and let callers wait.

// details returns sentences about figures that have no column in the table. It returns none for other pools.
func (w *watched) details() []string {
	s := w.limited
	if s == nil {
		return nil
	}
	live := fmt.Sprintf("%s of %s live", grouped(s.Live), grouped(s.Max))
	if s.Overdue > 0 {
		live += fmt.Sprintf(", %s in a hook that is overdue", grouped(s.Overdue))
	}
	all := []string{live + fmt.Sprintf("; %s waiting.", grouped(s.Waiting))}
	if s.Waited > 0 {
		all = append(all, fmt.Sprintf("%s of %s Acquires waited, for %v on average and %v at most.",
			grouped(s.Waited), grouped(s.Acquired), short(s.WaitTime/time.Duration(s.Waited)), short(s.LongestWait)))
	}
	if failed := listed(struct {
		Timeout   uint64 `json:"timeout"`
		Cancelled uint64 `json:"cancelled"`
		Exhausted uint64 `json:"exhausted"`
	}{grown(s.Timeouts, s.Cancelled), s.Cancelled, s.Exhausted}); failed != "" {
		all = append(all, "Acquires that failed: "+failed+".")
	}
	if hooks := listed(struct {
		New   uint64 `json:"New"`
		Close uint64 `json:"Close"`
	}{s.Failed, s.CloseErrors}); hooks != "" {
		all = append(all, "Hooks that failed: "+hooks+".")
	}
	if closed := listed(s.ClosedBy); closed != "" {
		all = append(all, "Closed: "+closed+".")
	}
	if s.Hijacked > 0 {
		all = append(all, fmt.Sprintf("Hijacked: %s.", grouped(s.Hijacked)))
	}
	return all
}

// listed returns the counts of a struct that are not 0, by their JSON names, such as "broken 1,203, not reset 3".
func listed(counts any) string {
	var all []string
	c := reflect.ValueOf(counts)
	for i := range c.NumField() {
		if n := c.Field(i).Uint(); n > 0 {
			name := strings.ReplaceAll(c.Type().Field(i).Tag.Get("json"), "_", " ")
			all = append(all, name+" "+grouped(n))
		}
	}
	return strings.Join(all, ", ")
}

// short returns d rounded to three digits.
func short(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// limits is what happened to a pool of package resource between two samples.
type limits struct {
	resource.Stats // at its end
	acquired       uint64
	waited         uint64
	waitTime       time.Duration
	queued         uint64 // callers that waited for more than New
	unserved       uint64 // Acquires that timed out or were refused
	created        uint64
	failed         uint64
	closed         resource.Closes
}

// limitsOf returns the limits between was and now. If was is nil, they are for the pool's whole life.
func limitsOf(now, was *resource.Stats) *limits {
	if was == nil {
		was = &resource.Stats{}
	}
	n, w := now.ClosedBy, was.ClosedBy
	l := &limits{
		Stats:    *now,
		acquired: grown(now.Acquired, was.Acquired),
		waited:   grown(now.Waited, was.Waited),
		waitTime: now.WaitTime - min(now.WaitTime, was.WaitTime),
		unserved: grown(grown(now.Timeouts, now.Cancelled), grown(was.Timeouts, was.Cancelled)) + grown(now.Exhausted, was.Exhausted),
		created:  grown(now.Created, was.Created),
		failed:   grown(now.Failed, was.Failed),
		closed: resource.Closes{
			Broken:    grown(n.Broken, w.Broken),
			Unhealthy: grown(n.Unhealthy, w.Unhealthy),
			Idle:      grown(n.Idle, w.Idle),
			Surplus:   grown(n.Surplus, w.Surplus),
		},
	}
	l.queued = grown(l.waited, grown(now.Created-now.Warmed, was.Created-was.Warmed))
	return l
}

const (
	fewFailures = 5                // fewer failures of New prove nothing
	shortWait   = time.Millisecond // a shorter mean wait does not matter
)

// adviseLimited adds the advice for a pool of package resource.
func (w *watched) adviseLimited(minute, all window, add func(title, text string)) {
	add("Nobody is served", w.stuck(minute))
	add("Waits", waits(minute))
	add("Acquires fail", unserved(minute))
	add("New fails", newFails(minute))
	add("Hooks are overdue", w.overdue())
	add("Unhealthy", unhealthy(minute))
	add("Discarded", discarded(minute))
	add("Over MaxIdle", surplus(minute))
	add("Idle for MaxIdleTime", idled(all))
	add("In use only grows", w.grows(all))
}

// stuck is for callers that wait while nothing comes back.
func (w *watched) stuck(win window) string {
	l := win.limits
	if l.acquired > 0 || l.failed > 0 || win.whole {
		return ""
	}
	least := l.Waiting
	for _, s := range win.lastSamples {
		least = min(least, s.limited.Waiting)
	}
	if least == 0 {
		return ""
	}
	text := fmt.Sprintf("%s waiting, and no Acquire was served %s: %s of %s are in use. They may not be released (a leak). ",
		are(uint64(l.Waiting), "caller"), win.ago, grouped(l.InUse), grouped(l.Max))
	if w.held("") != nil {
		return text + "The page shows where they were acquired, under Who holds objects."
	}
	return text + "resource.Options.Stacks finds where they were acquired."
}

// waits is for a Max that is too low: one Acquire in ten waits, and not just for a moment.
func waits(win window) string {
	l := win.limits
	if l.queued < fewObjects || l.queued < l.acquired/10 {
		return ""
	}
	mean := l.waitTime / time.Duration(l.waited)
	if mean < shortWait {
		return ""
	}
	return fmt.Sprintf("%s of %s Acquires waited %s, for %v on average; the longest wait since the pool was made took %v: Max is %s. "+
		"A larger Max makes waits shorter, and so does holding resources for less time.",
		grouped(l.waited), grouped(l.acquired), win.ago, short(mean), short(l.LongestWait), grouped(l.Max))
}

// unserved is for one Acquire in a hundred that comes back without a resource.
func unserved(win window) string {
	l := win.limits
	if l.unserved < fewObjects || l.unserved < (l.acquired+l.unserved)/100 {
		return ""
	}
	return fmt.Sprintf("%s of %s Acquires got no resource %s: they timed out, or MaxWaiters or MaxWait did not let them wait. Max is %s.",
		grouped(l.unserved), grouped(l.acquired+l.unserved), win.ago, grouped(l.Max))
}

// newFails is for one call of New in ten.
func newFails(win window) string {
	l := win.limits
	if l.failed < fewFailures || l.failed < (l.created+l.failed)/10 {
		return ""
	}
	return fmt.Sprintf("%s of %s calls of New failed %s. Acquire returns their errors.",
		grouped(l.failed), grouped(l.created+l.failed), win.ago)
}

// overdue is for hooks that do not return: even one, if the last samples have it, too.
func (w *watched) overdue() string {
	n := w.limited.Overdue
	for _, s := range w.past[max(0, len(w.past)-3):] {
		n = min(n, s.limited.Overdue)
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s overdue: New, Check, Reset or Close did not return within HookTimeout. Each takes a place of the %s of Max until it does.",
		are(uint64(n), "hook"), grouped(w.limited.Max))
}

// unhealthy is for a Check that refuses one in ten.
func unhealthy(win window) string {
	l := win.limits
	n := l.closed.Unhealthy
	if n < fewObjects || n < (l.acquired+n)/10 {
		return ""
	}
	return fmt.Sprintf("Check refused %s of %s that were to be handed out %s (%s). "+
		"If they become so with age, a shorter MaxIdleTime or MaxLifetime closes them before.",
		grouped(n), objects(l.acquired+n), win.ago, percent(n, l.acquired+n))
}

// discarded is for callers that discard one in ten with an error.
func discarded(win window) string {
	l := win.limits
	n := l.closed.Broken
	if n < fewObjects || n < l.acquired/10 {
		return ""
	}
	return fmt.Sprintf("Callers discarded %s of %s with an error %s (%s); %s created.",
		grouped(n), objects(l.acquired), win.ago, percent(n, l.acquired), were(l.created))
}

// surplus is for resources that had no room and were created again: one in a hundred of those that came back.
func surplus(win window) string {
	l := win.limits
	n := l.closed.Surplus
	if n < fewObjects || n < win.released/100 || l.created < n/2 {
		return ""
	}
	return fmt.Sprintf("%s closed %s because MaxIdle were idle, or Max was lowered; in that time %s created. A larger MaxIdle keeps them.",
		were(n), win.ago, were(l.created))
}

// idled is for resources that are closed because they are idle, and then created again.
func idled(win window) string {
	l := win.limits
	n := l.closed.Idle
	if n < fewObjects || l.created < max(fewObjects, n/2, l.acquired/100) {
		return ""
	}
	return fmt.Sprintf("%s closed %s because they were idle for MaxIdleTime; in that time %s created. "+
		"A longer MaxIdleTime keeps them over a pause, and MinIdle keeps some for ever.",
		were(n), win.ago, were(l.created))
}

// are returns "1 caller is", "3 callers are".
func are(n uint64, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return grouped(n) + " " + what + "s are"
}
