package pooldebug

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/plungepool/plunge/pool"
)

//go:embed page.tmpl
var pageText string

//go:embed page.css
var styles string

var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(pageText))
})

// policy is the page's Content-Security-Policy: its own styles, and nothing else.
var policy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(styles))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
})

// page is what page.tmpl shows.
type page struct {
	Program, Made, Graphs, None string
	Styles                      template.CSS
	Refresh                     int // seconds, 0: never
	Reloads                     []reload
	Advised                     bool
	Rows                        []row
	Glossary                    []reason
	Held                        []held
	Profile                     *profile
}

// reload is a link to the page that reloads itself.
type reload struct {
	Text    string
	Seconds int
	Now     bool
}

// row is a pool.
type row struct {
	Label, Kind, Anchor                                           string
	Idle, MaxIdle, InUse, HitRate, Created, Discarded, Bytes      string
	IdleGraph, InUseGraph, HitGraph, CreatedGraph, DiscardedGraph *spark
	Reasons                                                       []dropped
	Details                                                       []string
	Advice                                                        []advice
}

// dropped is a reason for which a pool dropped objects.
type dropped struct {
	Name, Count string
	Graph       *spark
}

// html writes the page.
func (h *handler) html(w io.Writer, refresh string) error {
	all := h.history.look()
	slices.SortStableFunc(all, func(a, b watched) int { return cmp.Compare(a.Name, b.Name) })
	now := time.Now()
	p := page{
		Program: filepath.Base(os.Args[0]),
		Made:    now.Format("2 January 2006, 15:04:05 MST"),
		None:    noPools,
		Styles:  template.CSS(styles),
		Profile: heldProfile(),
	}
	if n, err := strconv.Atoi(refresh); err == nil && n > 0 && n <= 3600 {
		p.Refresh = n
	}
	for _, n := range []int{0, 5, 30} {
		text := fmt.Sprintf("every %d s", n)
		if n == 0 {
			text = "by hand"
		}
		p.Reloads = append(p.Reloads, reload{text, n, n == p.Refresh})
	}
	longest, found := 0, map[string]bool{}
	for i, label := range labelled(all) {
		r := all[i].row(label, now)
		p.Rows = append(p.Rows, r)
		p.Advised = p.Advised || len(r.Advice) > 0
		if held := all[i].held(label); held != nil {
			p.Held = append(p.Held, *held)
		}
		for _, d := range r.Reasons {
			found[d.Name] = true
		}
		longest = max(longest, len(all[i].past))
	}
	for _, r := range reasons(pool.Discards{}) {
		if found[r.Name] {
			p.Glossary = append(p.Glossary, r)
		}
	}
	p.Graphs = "The lines show the last 5 minutes, a sample every 5 seconds, with the lowest and the highest below."
	if longest < 3 {
		p.Graphs = "Lines of the last minutes are drawn from now on: reload the page in half a minute."
	}
	return pageTemplate().Execute(w, p)
}

// row returns the table's row for a pool.
func (w *watched) row(label string, now time.Time) row {
	s, past := w.Stats, w.past
	r := row{
		Label:     label,
		Anchor:    fmt.Sprintf("pool-%d", w.entry.ID),
		Idle:      grouped(s.Idle),
		MaxIdle:   grouped(s.MaxIdle),
		InUse:     grouped(s.InUse),
		HitRate:   percent(s.Reused, s.Acquired),
		Created:   grouped(s.Created + s.Warmed),
		Discarded: grouped(s.Discarded.Total()),
		Bytes:     "–",
		Details:   w.details(),
		Advice:    w.advise(),

		IdleGraph:      draw("Idle", gauge(past, func(s sample) float64 { return float64(s.Idle) }), 0, rate, now),
		InUseGraph:     draw("In use", gauge(past, func(s sample) float64 { return float64(s.InUse) }), 0, rate, now),
		HitGraph:       draw("Hit rate", hitRates(past), 100, inPercent, now),
		CreatedGraph:   draw("Created", perSecond(past, func(s sample) uint64 { return s.Created + s.Warmed }), 0, inSeconds, now),
		DiscardedGraph: draw("Discarded", perSecond(past, func(s sample) uint64 { return s.Discarded.Total() }), 0, inSeconds, now),
	}
	if w.Kind != "pool" {
		r.Kind = w.Kind
	}
	if w.Bytes > 0 {
		r.Bytes = size(w.Bytes)
	}
	for i, why := range reasons(s.Discarded) {
		if why.Count == 0 || w.limited != nil { // Details lists the reasons of resources
			continue
		}
		points := perSecond(past, func(s sample) uint64 { return reasons(s.Discarded)[i].Count })
		d := dropped{Name: why.Name, Count: grouped(why.Count)}
		if why.Count < s.Discarded.Total() && slices.ContainsFunc(points, func(p point) bool { return p.value > 0 }) {
			d.Graph = draw("Discarded as "+why.Name, points, 0, inSeconds, now)
		}
		r.Reasons = append(r.Reasons, d)
	}
	return r
}
