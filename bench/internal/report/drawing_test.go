package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestDrawing checks the drawing of the main comparison, a file of its own: it is XML, has a name and a bar for
// every workload, loads nothing from elsewhere, and uses only colors that both schemes have.
func TestDrawing(t *testing.T) {
	_, results, err := Read(bytes.NewReader(rawSamples(t)), "raw")
	if err != nil {
		t.Fatal(err)
	}
	results[0].Impls[1] = mainPeer
	text, names, err := Overview(results, true)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(names, " "), "pair http"; got != want {
		t.Fatalf("workloads: got %q, want %q", got, want)
	}
	bars := map[string]bool{}
	var words strings.Builder
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "svg" && e.Name.Space != "http://www.w3.org/2000/svg" {
				t.Errorf("an svg of the namespace %q", e.Name.Space)
			}
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "data-s":
					bars[a.Value] = true
				case "href", "src":
					t.Errorf("refers to %s", a.Value)
				}
			}
		case xml.CharData:
			words.Write(e)
		}
	}
	for i, name := range names {
		if !bars[strconv.Itoa(i)] || !strings.Contains(words.String(), name) {
			t.Errorf("no bar or no name of %s", name)
		}
	}
	light, dark := schemes(t)
	for _, m := range regexp.MustCompile(`var\(--(\w+)\)`).FindAllStringSubmatch(text, -1) {
		if light[m[1]] == "" || dark[m[1]] == "" {
			t.Errorf("color %s: got %q in light, %q in dark", m[1], light[m[1]], dark[m[1]])
		}
	}
	if regexp.MustCompile(`(?:fill|stroke):#`).MatchString(text) {
		t.Error("a color that is the same in light and dark")
	}
}

// TestContrast shows that text is readable and bars and lines are visible in both
// schemes, as WCAG 2 asks: 4.5 to 1 and 3 to 1.
func TestContrast(t *testing.T) {
	light, dark := schemes(t)
	for scheme, defined := range map[string]map[string]string{"light": light, "dark": dark} {
		if len(defined) < 10 {
			t.Errorf("%s: got %d colors", scheme, len(defined))
		}
		for name, color := range defined {
			least := 3.0
			switch name {
			case "bg", "grid":
				continue
			case "fg", "dim":
				least = 4.5
			}
			if got := contrast(luminance(t, color), luminance(t, defined["bg"])); got < least {
				t.Errorf("%s, %s: got a contrast of %.2f, want %v", scheme, name, got, least)
			}
		}
	}
}

// schemes returns the colors of the light and of the dark scheme by name.
func schemes(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	before, after, ok := strings.Cut(styles, "@media(prefers-color-scheme:dark)")
	if !ok {
		t.Fatal("the styles have no dark scheme")
	}
	colorsOf := func(css string) map[string]string {
		defined := map[string]string{}
		for _, m := range regexp.MustCompile(`--(\w+):(#[0-9a-f]+)`).FindAllStringSubmatch(css, -1) {
			defined[m[1]] = m[2]
		}
		return defined
	}
	return colorsOf(before), colorsOf(after)
}

// luminance is the relative luminance of a color, https://www.w3.org/TR/WCAG22/.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	if len(color) == len("#fff") {
		color = fmt.Sprintf("#%[1]c%[1]c%[2]c%[2]c%[3]c%[3]c", color[1], color[2], color[3])
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatalf("color %s: %v", color, err)
		}
		part := float64(v) / 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		sum += weight * part
	}
	return sum
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }
