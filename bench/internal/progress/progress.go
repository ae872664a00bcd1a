// Package progress shows how far a run is and how long it will take yet: a bar
// on a terminal, a line for every case elsewhere.
package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is measured in time planned, so that the time left is right although
// cases differ. It is for one goroutine.
type Progress struct {
	w     io.Writer
	bar   *progressbar.ProgressBar // nil: lines
	start time.Time

	total, before, share time.Duration // planned: of all, of the cases done, of this one
}

// New returns a Progress of a run that takes about total.
func New(w io.Writer, terminal bool, total time.Duration) *Progress {
	p := &Progress{w: w, start: time.Now(), total: max(total, time.Millisecond)}
	if terminal {
		p.bar = progressbar.NewOptions64(p.total.Milliseconds(),
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetWidth(24),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(200*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// Start begins a case that was planned to take so long.
func (p *Progress) Start(name string, planned time.Duration) {
	p.before += p.share
	p.share = planned
	if p.bar != nil {
		p.bar.Describe(fmt.Sprintf("%-22s", name))
	} else {
		fmt.Fprintf(p.w, "%3d%%  %-22s about %v left\n", 100*p.done(0)/p.total, name, p.left().Round(time.Second))
	}
	p.Tick(0)
}

// Tick says what part of the case is done, 0 to 1.
func (p *Progress) Tick(part float64) {
	if p.bar != nil {
		// One short of the end, at which the bar would go away.
		_ = p.bar.Set64(min(p.done(part).Milliseconds(), p.total.Milliseconds()-1))
	}
}

// done returns how much of the total is, with such a part of this case.
func (p *Progress) done(part float64) time.Duration {
	return p.before + time.Duration(part*float64(p.share))
}

// Finish takes the bar away.
func (p *Progress) Finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// left returns the time left, by how the plan has held so far.
func (p *Progress) left() time.Duration {
	rest := p.total - p.done(0)
	if p.before < p.total/20 {
		return rest
	}
	return time.Duration(float64(time.Since(p.start)) * float64(rest) / float64(p.before))
}
