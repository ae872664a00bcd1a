package poolprom_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plungepool/plunge/internal/metrics"
)

// metricName matches names of metrics of this package.
var metricName = regexp.MustCompile(`\bpool_[a-z_]+`)

// exported are the names of the metrics.
func exported() []string {
	var names []string
	for _, m := range metrics.Metrics {
		names = append(names, m.Prom)
	}
	return names
}

// The dashboard shows only metrics that the collector exports. Each expression uses the chosen data source and
// pools, and no panel covers another.
func TestDashboard(t *testing.T) {
	type source struct{ Type, UID string }
	var d struct {
		Title, UID string
		Templating struct {
			List []struct {
				Name, Type, Definition string
				Datasource             source
			}
		}
		Panels []struct {
			Title      string
			Datasource source
			GridPos    struct{ X, Y, W, H int }
			Targets    []struct {
				Expr       string
				Datasource source
			}
		}
	}
	text, err := os.ReadFile("dashboard.json")
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}

	chosen := source{"prometheus", "${datasource}"}
	var variables []string
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
		if v.Type == "query" && (v.Datasource != chosen || !slices.Contains(exported(), metricName.FindString(v.Definition))) {
			t.Errorf("variable %s is of %v, %q", v.Name, v.Datasource, v.Definition)
		}
	}
	if want := []string{"datasource", "job", "pool"}; d.Title == "" || d.UID == "" || !slices.Equal(variables, want) {
		t.Errorf("title %q, uid %q, variables %q, want %q", d.Title, d.UID, variables, want)
	}

	metric := regexp.MustCompile(`([a-z_]+)\{([^}]*)\}`)
	seen := map[string]bool{}
	for i, p := range d.Panels {
		for _, target := range p.Targets {
			selectors := metric.FindAllStringSubmatch(target.Expr, -1)
			if len(selectors) == 0 || len(selectors) != len(metricName.FindAllString(target.Expr, -1)) ||
				p.Datasource != chosen || target.Datasource != chosen {
				t.Errorf("%s: %q of %v", p.Title, target.Expr, target.Datasource)
			}
			for _, s := range selectors {
				seen[s[1]] = true
				if !slices.Contains(exported(), s[1]) || !strings.Contains(s[2], `job=~"$job", pool=~"$pool"`) {
					t.Errorf("%s: %q has %s, which is not exported or not of the variables", p.Title, target.Expr, s[0])
				}
			}
		}
		for _, q := range d.Panels[:i] {
			g, h := p.GridPos, q.GridPos
			if g.X < h.X+h.W && h.X < g.X+g.W && g.Y < h.Y+h.H && h.Y < g.Y+g.H {
				t.Errorf("panels %s and %s overlap", p.Title, q.Title)
			}
		}
	}
	for _, name := range exported() {
		if aside := []string{"pool_releases_total", "pool_stolen_total", "pool_shards", "pool_hijacks_total"}; seen[name] == slices.Contains(aside, name) {
			t.Errorf("%s is in a panel: %v", name, seen[name])
		}
	}
}

// The package's documentation lists every metric with its labels, and no other. README.md names no other.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range metrics.Metrics {
		name, kind := m.Prom, "gauge"
		if m.Label != "" {
			name += "{" + m.Label + "}"
		}
		if m.Type == metrics.Counter {
			kind = "counter"
		}
		if row := regexp.MustCompile(`(?m)^//\t` + regexp.QuoteMeta(name) + ` +` + kind + ` `); !row.Match(text) {
			t.Errorf("doc.go has no row of %s, a %s", name, kind)
		}
	}
	queries, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range metricName.FindAllString(string(text)+string(queries), -1) {
		if !slices.Contains(exported(), name) {
			t.Errorf("%s is not exported", name)
		}
	}
}
