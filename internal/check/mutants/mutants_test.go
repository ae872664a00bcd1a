package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Every mutant applies to the code as it is, and says which tests should notice. Whether it
// compiles and is killed takes minutes: make mutants.
func TestMutants(t *testing.T) {
	ms, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
		if err == nil {
			_, err = m.apply(string(text))
		}
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		for _, s := range m.tests {
			if found, _ := filepath.Glob(filepath.Join(root, filepath.FromSlash(s.pkg), "*_test.go")); len(found) == 0 {
				t.Errorf("%s: package %s has no tests", m.name, s.pkg)
			}
		}
	}
	if quick := choose(ms, true, regexp.MustCompile("")); len(ms) < 150 || len(quick) < 10 || len(quick) > len(ms)/4 {
		t.Errorf("%d mutants, %d of them quick, want 150 at least, and 10 to a quarter of them", len(ms), len(quick))
	}
}

// What a mutant in a file may look like, and what not.
func TestParse(t *testing.T) {
	const head = "# for the reader\nmutant p/what quick\nbreaks a promise\nfile   p/p.go\ntests  p -run TestA|TestB/x -build race -stress 2s -full\n"
	const more = "tests  q\n"
	ms, err := parse("f", "\n"+head+more+" \tif a {\n-\t\tb()\n+\t\tc()\n \t}\n\n\n"+head+"-x\n")
	want := mutant{
		name: "p/what", breaks: "a promise", file: "p/p.go", quick: true,
		old: "\tif a {\n\t\tb()\n\t}\n", new: "\tif a {\n\t\tc()\n\t}\n",
		tests: []suite{{pkg: "p", run: "TestA|TestB/x", build: "race", stress: 2 * time.Second, full: true}, {pkg: "q"}},
	}
	if err != nil || len(ms) != 2 || ms[1].old != "x\n" || ms[1].new != "" {
		t.Fatalf("got %+v, %v, want two mutants", ms, err)
	}
	if got := ms[0]; !slices.Equal(got.tests, want.tests) || got.name != want.name || got.breaks != want.breaks ||
		got.file != want.file || got.old != want.old || got.new != want.new || !got.quick {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for text, want := range map[string]string{
		"file p/p.go\n":                      "f:1: \"file",
		"mutant what\n":                      "want mutant package/what",
		"mutant p/what slow\n":               "want mutant package/what",
		head + "-x\n\nmutant p/more\n\n":     "f:9: p/more says not all of breaks",
		"mutant p/a\nbreaks a\nfile f\n-x\n": "says not all of",
		head + "+x\n":                        "no line of its file",
		head + " x\n-y\n+y\n":                "changes nothing",
		head + "-x\ntests q\n":               "among the lines of code",
		head + "breaks more\n":               "\"breaks\" once more",
		"mutant p/a\nnew x\n":                "\"new\" once more",
		"mutant p/a\ntests -run TestA\n":     "without a package",
		"mutant p/a\ntests p -build fast\n":  "unknown build",
		"mutant p/a\ntests p TestA\n":        "too many words",
		"mutant p/a\ntests p -short\n":       "not defined: -short",
		"mutant p/a\ntests p -run (\n":       "missing closing",
	} {
		if _, err := parse("f", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %q", text, err, want)
		}
	}
}

// The old lines must be there exactly once, as whole lines.
func TestApply(t *testing.T) {
	for _, c := range []struct{ text, old, new, want string }{
		{"a\nb\nc\n", "b\n", "x\ny\n", "a\nx\ny\nc\n"},
		{"a\nb\nc\n", "a\nb\n", "", "c\n"},
		{"a\nb\nb\n", "b\n", "x\n", ""},
		{"a\nab\n", "b\n", "x\n", ""},
		{"a\nbc\n", "b\n", "x\n", ""},
	} {
		m := mutant{file: "f", old: c.old, new: c.new}
		if got, err := m.apply(c.text); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%q with %q for %q: got %q, %v, want %q", c.text, c.new, c.old, got, err, c.want)
		}
	}
}

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		text      string
		killed    bool
		test, how string
	}{
		{"=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n=== RUN   TestB/x\n    f.go:1: no\n--- FAIL: TestB (0.00s)\n    --- FAIL: TestB/x (0.00s)\nFAIL\n", false, "TestB", ""},
		{"=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\nfatal error: all goroutines are asleep\n", false, "TestB", "crashed"},
		{"=== RUN   TestA\npanic: test timed out after 1m0s\n", false, "TestA", "hung"},
		{"=== RUN   TestA\n", true, "TestA", "hung"},
		{"", false, "?", "crashed"},
	} {
		f := explain(c.text, c.killed)
		if f.test != c.test || f.how != c.how {
			t.Errorf("%q: got %q, %q, want %q, %q", c.text, f.test, f.how, c.test, c.how)
		}
	}
}

func TestMerge(t *testing.T) {
	got := merge([]mutant{
		{tests: []suite{{pkg: "a", run: "TestX"}, {pkg: "b"}}},
		{tests: []suite{{pkg: "a", run: "TestY"}, {pkg: "b", run: "TestZ"}}},
		{tests: []suite{{pkg: "a", run: "TestX", build: "race"}, {pkg: "a", run: "TestX"}}},
	})
	if want := []suite{{pkg: "a", run: "TestX|TestY"}, {pkg: "b"}, {pkg: "a", run: "TestX", build: "race"}}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// toy makes a module with two functions and a test of one.
func toy(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "copy")
	for name, text := range map[string]string{
		"go.mod":            "module toy\n\ngo 1.26.0\n",
		"p/p.go":            "package p\n\nfunc Twice(n int) int {\n\treturn n + n\n}\n\nfunc Hidden() int {\n\treturn 1\n}\n",
		"p/p_test.go":       "package p\n\nimport \"testing\"\n\nfunc TestTwice(t *testing.T) {\n\tif got := Twice(2); got != 4 {\n\t\tt.Errorf(\"got %d, want 4\", got)\n\t}\n}\n",
		"nested/go.mod":     "module toy/nested\n",
		"nested/q/q.go":     "package q\n",
		".hidden/h.go":      "package h\n",
		"p/testdata/t.data": "data\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Each outcome is told as what it is, and the last line counts. Only a run in which all are killed passes, and only
// if the unbroken copy passes.
func TestOutcomes(t *testing.T) {
	const sum, one = "\treturn n + n\n", "\treturn 1\n"
	ms := []mutant{
		{name: "p/killed", old: sum, new: "\treturn n\n"},
		{name: "p/survives", old: one, new: "\treturn 2\n"},
		{name: "p/does-not-compile", old: sum, new: "\treturn n +\n"},
		{name: "p/not-found", old: "\treturn n * n\n", new: "\treturn n\n"},
		{name: "p/crashes", old: sum, new: "\tpanic(n)\n"},
		{name: "p/no-such-test", old: sum, new: "\treturn n\n"},
	}
	for i := range ms {
		ms[i].file, ms[i].tests = "p/p.go", []suite{{pkg: "p"}}
	}
	ms[5].tests[0].run = "TestNone"
	from, dir := toy(t), t.TempDir()
	if err := copyTree(from, dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"go.mod": true, "p/testdata/t.data": true, "nested": false, ".hidden": false} {
		if got := exists(filepath.Join(dir, filepath.FromSlash(name))); got != want {
			t.Errorf("the copy has %s: %t, want %t", name, got, want)
		}
	}
	var out strings.Builder
	r := &report{w: &out}
	l, err := baseline(t.Context(), []string{dir}, ms[:1], r)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.try(t.Context(), []string{dir}, ms, r); err != nil {
		t.Fatal(err)
	}
	if err := r.verdict(len(ms)); err == nil {
		t.Error("a table with survivors passes")
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for _, want := range []string{
		"unbroken p passes", "killed p/killed by TestTwice", "SURVIVED p/survives", "ERROR p/does-not-compile p does not compile",
		"ERROR p/not-found p/p.go does not have", "killed p/crashes by TestTwice", "ERROR p/no-such-test no test", "2 of 6 killed",
	} {
		re := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(want), " ", `\s.*`))
		if !slices.ContainsFunc(lines, re.MatchString) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	broken := filepath.Join(dir, "p", "p.go")
	if text, err := os.ReadFile(broken); err != nil || !strings.Contains(string(text), sum) || !strings.Contains(string(text), one) {
		t.Errorf("the mutants were not taken back: %s, %v", text, err)
	}
	if err := os.WriteFile(broken, []byte("package p\n\nfunc Twice(n int) int { return n }\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := baseline(t.Context(), []string{dir}, ms[:1], r); err == nil || !strings.Contains(err.Error(), "TestTwice") {
		t.Errorf("the unbroken copy fails: got %v, want an error that names TestTwice", err)
	}
}
