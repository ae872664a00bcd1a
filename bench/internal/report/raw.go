package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/perf/benchfmt"

	"github.com/plungepool/plunge/bench/internal/measure"
)

// Pair is a line of configuration at the head of the raw samples.
type Pair struct{ Key, Value string }

// RawName returns the name in dir of the file for the raw samples of a run that began at began.
func RawName(dir string, began time.Time) string {
	return filepath.Join(dir, "raw-"+began.Format("20060102-150405")+".txt")
}

// NewestRaw returns the name of the newest file in dir with a name of RawName.
func NewestRaw(dir string) (string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "raw-*.txt"))
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", fmt.Errorf("no raw-*.txt in %s: run the bench, or name a file by -raw", dir)
	}
	return slices.Max(names), nil // names contain the time
}

// Raw writes results in the format of Go benchmarks, one line per sample. benchstat -col /impl compares them again.
type Raw struct {
	w      *benchfmt.Writer
	config []benchfmt.Config
}

// NewRaw returns a Raw that writes to w.
func NewRaw(w io.Writer, config []Pair) *Raw {
	raw := &Raw{w: benchfmt.NewWriter(w)}
	for _, p := range config {
		raw.config = append(raw.config, benchfmt.Config{Key: p.Key, Value: []byte(p.Value), File: true})
	}
	return raw
}

// Write writes the samples of r.
func (raw *Raw) Write(r measure.Result) error {
	for _, round := range r.Rounds {
		for i, point := range round {
			name := fmt.Sprintf(r.Bench, r.Impls[i])
			if r.Procs > 1 {
				name += fmt.Sprintf("-%d", r.Procs)
			}
			record := benchfmt.Result{Config: raw.config, Name: benchfmt.Name(name), Iters: point.Iters}
			for m, v := range point.Values {
				record.Values = append(record.Values, benchfmt.Value{Value: v, Unit: r.Metrics[m].Unit})
			}
			if err := raw.w.Write(&record); err != nil {
				return fmt.Errorf("raw samples: %w", err)
			}
		}
	}
	return nil
}
