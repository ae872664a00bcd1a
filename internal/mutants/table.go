package main

import (
	"regexp"
	"slices"
	"time"
)

// mutant is one sabotage.
type mutant struct {
	name   string // package/what
	breaks string // what it breaks: an invariant by its name, or a promise of the documentation
	file   string // from the root, with slashes
	old    string // in the file exactly once
	new    string
	tests  []suite // it is killed if one of them fails
	quick  bool    // one of the cheap ones, for every change: seconds each at most
}

// suite is tests of one package in one build.
type suite struct {
	pkg    string        // directory from the root
	run    string        // a regexp as of go test -run, "": all
	stress time.Duration // PLUNGE_STRESS; 0: not set, so each stress test's default
	build  build
	full   bool // with the files that heavy lists
}

// heavy lists test files, by package, that a suite which is not full goes without.
// They have the package compiled for so many types that this takes several times
// as long as everything else, and are about something else than the mutants: what
// allocates, examples, the types.
var heavy = map[string][]string{
	"pool": {
		"alloc_test.go", "bench_test.go", "example_test.go", "example_stats_test.go",
		"resetter_test.go", "shared_test.go", "checkshapes_test.go",
	},
	"shard": {"shapes_test.go"},
}

// build is one of the library's builds.
type build string

const (
	plain    build = ""
	race     build = "race"
	portable build = "portable"
	bits32   build = "386"
	explored build = "explored" // by package internal/explore
)

// flags returns what the go command is given for the build.
func (b build) flags() (args, env []string) {
	switch b {
	case race:
		return []string{"-race"}, []string{"CGO_ENABLED=1"}
	case portable:
		return []string{"-tags=plunge_portable"}, nil
	case explored:
		return []string{"-tags=plunge_explore"}, nil
	case bits32:
		return nil, []string{"GOARCH=386", "CGO_ENABLED=0"}
	default:
		return nil, nil
	}
}

// in returns a suite of one package; run may be left out.
func in(pkg string, run ...string) suite {
	s := suite{pkg: pkg}
	if len(run) > 0 {
		s.run = run[0]
	}
	return s
}

// on returns s in another build.
func (s suite) on(b build) suite {
	s.build = b
	return s
}

// whole returns s with the package's heavy files, too.
func (s suite) whole() suite {
	s.full = true
	return s
}

// stressed returns s with longer stress tests.
func (s suite) stressed(d time.Duration) suite {
	s.stress = d
	return s
}

// only is one suite as a mutant's tests.
func only(s suite) []suite { return []suite{s} }

// table returns all mutants.
func table() []mutant {
	return slices.Concat(graceMutants, pinMutants, eachMutants, ringMutants, shardMutants, poolMutants,
		buffersMutants, exploreMutants)
}

// choose returns the mutants whose names match, with quick only the cheap ones.
func choose(all []mutant, quick bool, names *regexp.Regexp) []mutant {
	var chosen []mutant
	for _, m := range all {
		if (m.quick || !quick) && names.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	return chosen
}
