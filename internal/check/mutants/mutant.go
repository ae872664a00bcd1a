package main

import (
	"cmp"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// mutant is one sabotage: lines of a file, and those that take their place.
type mutant struct {
	name   string // package/what
	breaks string // what it breaks: an invariant by its name, or a promise of the documentation
	file   string // from the root, with slashes
	old    string // lines, in the file exactly once
	new    string // lines
	tests  []suite
	quick  bool // one of the cheap ones, for every change
}

// suite is tests of one package in one build.
type suite struct {
	pkg    string        // directory from the root
	run    string        // a regexp as of go test -run, "": all
	stress time.Duration // PLUNGE_STRESS; 0: not set, so each stress test's default
	build  string        // a key of builds
	full   bool          // with the files that heavy lists
}

//go:embed mutants/*.txt
var files embed.FS

// load returns all mutants.
func load() ([]mutant, error) {
	names, err := files.ReadDir("mutants")
	if err != nil {
		return nil, err
	}
	var all []mutant
	for _, n := range names {
		text, err := files.ReadFile(path.Join("mutants", n.Name()))
		if err != nil {
			return nil, err
		}
		ms, err := parse(n.Name(), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, ms...)
	}
	slices.SortStableFunc(all, func(a, b mutant) int { return cmp.Compare(a.name, b.name) })
	for i := range all[1:] {
		if all[i].name == all[i+1].name {
			return nil, fmt.Errorf("two mutants are called %s", all[i].name)
		}
	}
	return all, nil
}

// parse reads a file of mutants: see the package comment.
func parse(name, text string) (ms []mutant, err error) {
	var m *mutant // nil: between two
	for i, line := range strings.Split(text+"\n\n", "\n") {
		fail := func(err error) ([]mutant, error) { return nil, fmt.Errorf("%s:%d: %w", name, i+1, err) }
		switch {
		case line == "":
			if m != nil {
				if err := m.check(); err != nil {
					return fail(err)
				}
				ms = append(ms, *m)
			}
			m = nil
		case line[0] == '#':
		case m == nil:
			m = new(mutant)
			if !m.begin(line) {
				return fail(fmt.Errorf("%q, want mutant package/what, or that and quick", line))
			}
		default:
			if err := m.add(line); err != nil {
				return fail(err)
			}
		}
	}
	return ms, nil
}

// begin reads the first line of a mutant.
func (m *mutant) begin(line string) bool {
	words := strings.Split(line, " ")
	m.quick = len(words) == 3 && words[2] == "quick"
	if len(words) != 2 && !m.quick || words[0] != "mutant" {
		return false
	}
	m.name = words[1]
	pkg, what, ok := strings.Cut(m.name, "/")
	return ok && pkg != "" && what != ""
}

// add reads any other line of a mutant.
func (m *mutant) add(line string) error {
	switch line[0] {
	case ' ':
		m.old += line[1:] + "\n"
		m.new += line[1:] + "\n"
		return nil
	case '-':
		m.old += line[1:] + "\n"
		return nil
	case '+':
		m.new += line[1:] + "\n"
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case m.old+m.new != "":
		return fmt.Errorf("%q among the lines of code", line)
	case word == "breaks" && m.breaks == "":
		m.breaks = rest
	case word == "file" && m.file == "":
		m.file = rest
	case word == "tests":
		s, err := parseSuite(rest)
		m.tests = append(m.tests, s)
		return err
	default:
		return fmt.Errorf("%q once more, or where only breaks, file and tests are known", word)
	}
	return nil
}

// parseSuite reads the value of tests.
func parseSuite(text string) (s suite, err error) {
	words := strings.Fields(text)
	if len(words) == 0 || strings.HasPrefix(words[0], "-") {
		return s, errors.New("tests without a package")
	}
	s.pkg = words[0]
	flags := flag.NewFlagSet("tests", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&s.run, "run", "", "")
	flags.StringVar(&s.build, "build", "", "")
	flags.DurationVar(&s.stress, "stress", 0, "")
	flags.BoolVar(&s.full, "full", false, "")
	if err := flags.Parse(words[1:]); err != nil {
		return s, err
	}
	if _, ok := builds[s.build]; !ok || flags.NArg() > 0 {
		return s, fmt.Errorf("%q: an unknown build, or too many words", text)
	}
	_, err = regexp.Compile(s.run)
	return s, err
}

// check reports what a mutant lacks.
func (m *mutant) check() error {
	switch {
	case m.breaks == "" || m.file == "" || len(m.tests) == 0:
		return fmt.Errorf("%s says not all of breaks, file and tests", m.name)
	case m.old == "":
		return fmt.Errorf("%s has no line of its file", m.name)
	case m.old == m.new:
		return fmt.Errorf("%s changes nothing", m.name)
	}
	return nil
}

// choose returns the mutants whose names match, with quick only the cheap ones.
func choose(all []mutant, quick bool, names *regexp.Regexp) []mutant {
	return slices.DeleteFunc(slices.Clone(all), func(m mutant) bool {
		return quick && !m.quick || !names.MatchString(m.name)
	})
}
