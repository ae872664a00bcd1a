package report

import (
	"bytes"
	"fmt"
	"image/color"
	"regexp"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Charts are drawn in placeholder colors, whose green and blue parts are indices. svg replaces these colors by
// custom properties of CSS. So one drawing suits a light and a dark page.
const (
	inkMark    = 0xFD // red part: text, lines and grid, by inks
	seriesMark = 0xFC // red part: an element of a series; green: which series, blue: color
)

// Inks by index, then the colors of series.
var (
	inks   = []string{"fg", "grid", "one"}
	colors = []string{"ahead", "undecided", "behind", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"}
)

// The indices of inks and of the colors of lines.
const (
	inkText = iota
	inkGrid
	inkOne

	firstLine = 3 // in colors
)

func ink(i int) color.Color { return color.RGBA{inkMark, 0, uint8(i), 0xFF} }

// seriesColor is a color of a series.
func seriesColor(series, c int) color.Color {
	return color.RGBA{seriesMark, uint8(series), uint8(c), 0xFF}
}

// lineColor is the color of a line or a dot of a series.
func lineColor(series int) color.Color {
	return seriesColor(series, lineNumber(series))
}

// lineNumber is the number in colors of the color of a line.
func lineNumber(n int) int { return firstLine + n%(len(colors)-firstLine) }

// Styles define the custom properties, for a page and for a file alone.
const styles = `:root{--bg:#fff;--fg:#1c2024;--dim:#5b6470;--grid:#dfe3e8;--one:#1c2024;--ahead:#2b7a4b;--undecided:#8a93a0;--behind:#c2410c;` +
	`--s0:#2b7a4b;--s1:#2563c9;--s2:#c2410c;--s3:#8250df;--s4:#b58105;--s5:#0e7f8c;--s6:#b0306a;--s7:#5b6470}` +
	`@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e4e7eb;--dim:#9aa4b0;--grid:#2c323a;--one:#e4e7eb;--ahead:#4cb97a;--undecided:#7d8794;--behind:#f2845c;` +
	`--s0:#4cb97a;--s1:#6ea8ff;--s2:#f2845c;--s3:#b794f6;--s4:#e0b341;--s5:#4fc3cf;--s6:#ef7fb0;--s7:#9aa4b0}}`

// newPlot returns an empty chart in the colors of the page.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.Legend.TextStyle.Color = ink(inkText)
	p.Legend.TextStyle.Font.Size = 9
	p.Legend.TextStyle.Font.Variant = "Sans"
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font.Variant, a.Tick.Label.Font.Variant = "Sans", "Sans"
		a.Color = ink(inkGrid)
		a.Label.TextStyle.Color = ink(inkText)
		a.Label.TextStyle.Font.Size = 10
		a.Tick.Color = ink(inkGrid)
		a.Tick.Label.Color = ink(inkText)
		a.Tick.Label.Font.Size = 9
	}
	return p
}

var (
	styled   = regexp.MustCompile(`style="([^"]*)#(FC|FD)([0-9A-F]{2})([0-9A-F]{2})([^"]*)"`)
	fonts    = regexp.MustCompile(`font-family:[^;]*;font-variant:[^;]*;font-weight:[^;]*;font-style:[^;]*;font-size:([\d.]+)px`)
	preamble = regexp.MustCompile(`(?s)^<\?xml.*?<svg `)
	size     = regexp.MustCompile(`width="[\d.]+pt" height="[\d.]+pt" `)
)

// svg draws p. An element of a series has the attribute data-s with its number.
// alone adds the styles and a background, for a file.
func svg(p *plot.Plot, width, height vg.Length, alone bool) (string, error) {
	c := vgsvg.New(width, height)
	p.Draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	text := styled.ReplaceAllStringFunc(b.String(), func(s string) string {
		m := styled.FindStringSubmatch(s)
		series, _ := strconv.ParseUint(m[3], 16, 8) // hexadecimal digits
		which, _ := strconv.ParseUint(m[4], 16, 8)
		names, attribute := inks, ""
		if m[2] == "FC" {
			names, attribute = colors, fmt.Sprintf(` data-s="%d"`, series)
		}
		return fmt.Sprintf(`style="%svar(--%s)%s"%s`, m[1], names[which], m[5], attribute)
	})
	// A reader's font may be wider than the font for which positions were computed.
	text = fonts.ReplaceAllStringFunc(text, func(s string) string {
		px, _ := strconv.ParseFloat(fonts.FindStringSubmatch(s)[1], 64) // digits
		return fmt.Sprintf("font:%.1fpx Liberation Sans,Arial,Helvetica,sans-serif", 0.92*px)
	})
	head := `<svg role="img" `
	if alone {
		return withStyles(preamble.ReplaceAllString(text, head)), nil
	}
	return size.ReplaceAllString(preamble.ReplaceAllString(text, head), ""), nil
}

var opening = regexp.MustCompile(`(?s)^<svg [^>]*>`)

// withStyles adds what a drawing needs in a file of its own.
func withStyles(text string) string {
	end := opening.FindStringIndex(text)[1]
	return text[:end] + "\n<style>" + styles + `</style><rect width="100%" height="100%" style="fill:var(--bg)"/>` + text[end:]
}
