package pooldebug

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// A sparkline's size in user units. The margin makes room for strokes at the edge.
const (
	sparkWidth  = 120
	sparkHeight = 28
	sparkMargin = 2
)

// spark is a sparkline: the last minutes from left to right, from 0 at the bottom.
type spark struct {
	Path, Area string
	X, Y       string // the last point
	Range      string // "12 to 64"
	Label      string // in words
}

// point is a value at a time. NaN means that there was no value.
type point struct {
	at    time.Time
	value float64
}

// gauge returns the points of one figure of the samples.
func gauge(past []sample, value func(sample) float64) []point {
	var points []point
	for _, s := range past {
		points = append(points, point{s.at, value(s)})
	}
	return points
}

// perSecond returns the points of a counter's growth per second between samples.
func perSecond(past []sample, count func(sample) uint64) []point {
	return between(past, func(was, now sample) float64 {
		return float64(grown(count(now), count(was))) / now.at.Sub(was.at).Seconds()
	})
}

// hitRates returns the points of the hit rate between samples, in percent.
func hitRates(past []sample) []point {
	return between(past, func(was, now sample) float64 {
		return 100 * float64(grown(now.Reused, was.Reused)) / float64(grown(now.Acquired, was.Acquired)) // NaN: none
	})
}

func between(past []sample, value func(was, now sample) float64) []point {
	var points []point
	for i := 1; i < len(past); i++ {
		// The look's own figures may come right after a sample. Such a short time gives no meaningful rate.
		if past[i].at.Sub(past[i-1].at) >= every/2 {
			points = append(points, point{past[i].at, value(past[i-1], past[i])})
		}
	}
	return points
}

// draw returns the sparkline of some points, nil if there are fewer than two. top is the value at the upper edge; 0
// stands for the largest value. text returns a value in words.
func draw(what string, points []point, top float64, text func(float64) string, now time.Time) *spark {
	low, high, last, n := math.Inf(1), 0.0, math.NaN(), 0
	for _, p := range points {
		if !math.IsNaN(p.value) {
			low, high, last, n = min(low, p.value), max(high, p.value), p.value, n+1
		}
	}
	if n < 2 {
		return nil
	}
	if top < high {
		top = high
	}
	sp := &spark{}
	var line, area strings.Builder
	start, x, y := 0.0, 0.0, 0.0
	drawing := false
	end := func() {
		if drawing {
			fmt.Fprintf(&area, "L%.1f,%dL%.1f,%dZ", x, sparkHeight-sparkMargin, start, sparkHeight-sparkMargin)
		}
		drawing = false
	}
	for _, p := range points {
		if math.IsNaN(p.value) {
			end()
			continue
		}
		age := min(1, now.Sub(p.at).Seconds()/span.Seconds())
		x = sparkMargin + (sparkWidth-2*sparkMargin)*(1-age)
		y = sparkHeight - sparkMargin
		if top > 0 {
			y -= (sparkHeight - 2*sparkMargin) * p.value / top
		}
		command := "L"
		if !drawing {
			command, start, drawing = "M", x, true
		}
		fmt.Fprintf(&area, "%s%.1f,%.1f", command, x, y)
		fmt.Fprintf(&line, "%s%.1f,%.1f", command, x, y)
		if command == "M" {
			line.WriteString("h0") // a single point becomes a dot
		}
	}
	end()
	sp.Path, sp.Area = line.String(), area.String()
	sp.X, sp.Y = fmt.Sprintf("%.1f", x), fmt.Sprintf("%.1f", y)
	sp.Range = text(high)
	if from := text(low); from != sp.Range {
		sp.Range = from + " to " + sp.Range
	}
	sp.Label = fmt.Sprintf("%s in the last minutes: %s, lately %s", what, sp.Range, text(last))
	return sp
}
