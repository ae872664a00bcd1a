// Package progress shows how far a run is and how much time is left: as a bar on a terminal, otherwise as a line
// for every case.
package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is measured in planned time, so that the time left is right although cases differ. Only one goroutine
// may use it.
type Progress struct {
	w     io.Writer
	bar   *progressbar.ProgressBar // nil: lines
	start time.Time

	total, before, share time.Duration // planned for all cases, the cases done, and this case
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

// Start begins a case that is planned to take planned.
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
		// At most one less than the total, because at the total the bar would go away.
		_ = p.bar.Set64(min(p.done(part).Milliseconds(), p.total.Milliseconds()-1))
	}
}

// done returns how much of the total is done, with this part of the current case.
func (p *Progress) done(part float64) time.Duration {
	return p.before + time.Duration(part*float64(p.share))
}

// Finish removes the bar.
func (p *Progress) Finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// left returns the time left, scaled by how well the plan has held so far.
func (p *Progress) left() time.Duration {
	rest := p.total - p.done(0)
	if p.before < p.total/20 {
		return rest
	}
	return time.Duration(float64(time.Since(p.start)) * float64(rest) / float64(p.before))
}
