package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func testRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	root, err := findRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// Every mutant applies to the code as it is, and says what it breaks and which
// tests should notice. Whether it compiles and is killed takes minutes: make mutants.
func TestTable(t *testing.T) {
	root := testRoot(t)
	names := map[string]bool{}
	quick := 0
	for _, m := range table() {
		if names[m.name] {
			t.Errorf("%s: two mutants have this name", m.name)
		}
		names[m.name] = true
		if m.quick {
			quick++
		}
		if m.breaks == "" || !strings.Contains(m.name, "/") {
			t.Errorf("%+v: want a name like package/what, and what it breaks", m)
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		if _, err := m.apply(string(text)); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		if len(m.tests) == 0 {
			t.Errorf("%s: no tests", m.name)
		}
		for _, s := range m.tests {
			if _, err := regexp.Compile(s.run); err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
			if found, _ := filepath.Glob(filepath.Join(root, filepath.FromSlash(s.pkg), "*_test.go")); len(found) == 0 {
				t.Errorf("%s: package %s has no tests", m.name, s.pkg)
			}
		}
	}
	if len(names) < 25 || quick < 10 {
		t.Errorf("%d mutants, %d of them quick, want 25 and 10 at least", len(names), quick)
	}
}

// The text must be there exactly once and change.
func TestApply(t *testing.T) {
	for _, c := range []struct {
		text, old, new, want string
		fails                bool
	}{
		{"a b c", "b", "x", "a x c", false},
		{"a b c", "b ", "", "a c", false},
		{"a b b", "b", "x", "", true},
		{"a b c", "z", "x", "", true},
		{"a b c", "b", "b", "", true},
	} {
		m := mutant{file: "f", old: c.old, new: c.new}
		got, err := m.apply(c.text)
		if got != c.want || (err != nil) != c.fails {
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
		f := explain([]byte(c.text), c.killed)
		if f.test != c.test || f.how != c.how {
			t.Errorf("%q: got %q, %q, want %q, %q", c.text, f.test, f.how, c.test, c.how)
		}
	}
}

func TestMerge(t *testing.T) {
	got := merge([]mutant{
		{tests: []suite{in("a", "TestX"), in("b")}},
		{tests: []suite{in("a", "TestY"), in("b", "TestZ")}},
		{tests: []suite{in("a", "TestX"), in("a", "TestX").on(race)}},
	})
	want := []suite{in("a", "TestX|TestY"), in("b"), in("a", "TestX").on(race)}
	if len(got) != len(want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("suite %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

// toy is a module with a function, a test of it and a mutant for each outcome.
func toy(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "copy")
	for name, text := range map[string]string{
		"go.mod":            "module toy\n\ngo 1.26.0\n",
		"p/p.go":            "package p\n\nfunc Twice(n int) int { return n + n }\n\nfunc Hidden() int { return 1 }\n",
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

func TestCopyTree(t *testing.T) {
	from, to := toy(t), t.TempDir()
	if err := copyTree(from, to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"go.mod": true, "p/p_test.go": true, "p/testdata/t.data": true, "nested": false, ".hidden": false,
	} {
		if got := exists(filepath.Join(to, filepath.FromSlash(name))); got != want {
			t.Errorf("the copy has %s: %t, want %t", name, got, want)
		}
	}
}

// Each outcome is told as what it is, the last line counts, and only a table of
// which all are killed passes.
func TestOutcomes(t *testing.T) {
	tests := only(in("p"))
	ms := []mutant{
		{name: "p/killed", file: "p/p.go", old: "n + n", new: "n", tests: tests},
		{name: "p/survives", file: "p/p.go", old: "return 1", new: "return 2", tests: tests},
		{name: "p/does-not-compile", file: "p/p.go", old: "n + n", new: "n +", tests: tests},
		{name: "p/not-found", file: "p/p.go", old: "n * n", new: "n", tests: tests},
		{name: "p/crashes", file: "p/p.go", old: "{ return n + n }", new: "{ panic(n) }", tests: tests},
		{name: "p/no-such-test", file: "p/p.go", old: "n + n", new: "n", tests: only(in("p", "TestNone"))},
	}
	var out strings.Builder
	dir := toy(t)
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
		"ERROR p/not-found p/p.go has the old text 0 times", "killed p/crashes by TestTwice", "ERROR p/no-such-test no test",
	} {
		re := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(want), " ", `\s.*`))
		found := false
		for _, line := range lines {
			found = found || re.MatchString(line)
		}
		if !found {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	if got := lines[len(lines)-1]; got != "2 of 6 killed" {
		t.Errorf("last line: got %q, want 2 of 6 killed", got)
	}
	text, err := os.ReadFile(filepath.Join(dir, "p", "p.go"))
	if err != nil || !strings.Contains(string(text), "n + n") || !strings.Contains(string(text), "return 1") {
		t.Errorf("the mutants were not taken back: %s, %v", text, err)
	}
	broken := filepath.Join(dir, "p", "p.go")
	if err := os.WriteFile(broken, []byte("package p\n\nfunc Twice(n int) int { return n }\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := baseline(t.Context(), []string{dir}, ms[:1], r); err == nil || !strings.Contains(err.Error(), "TestTwice") {
		t.Errorf("the unbroken copy fails: got %v, want an error that names TestTwice", err)
	}
}
