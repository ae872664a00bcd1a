package trial

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// shown is how many packages a summary lists.
const shown = 15

// Summary says what was replaced.
type Summary struct {
	Root, To string // directories, of the original and of the copy
	Module   string
	Packages []Package
	Changes  []string // of dependencies: "example.com/m v1.0.0 => v1.1.0"
}

// Package is a package with pools.
type Package struct {
	Path  string
	Pools int
	Own   bool // of the program, not of a dependency
}

func (s *Summary) add(path string, pools int, own bool) {
	s.Packages = append(s.Packages, Package{path, pools, own})
}

// String is one screen of text.
func (s *Summary) String() string {
	var b strings.Builder
	packages := slices.SortedFunc(slices.Values(s.Packages), func(a, b Package) int {
		return cmp.Or(-cmp.Compare(a.Pools, b.Pools), cmp.Compare(a.Path, b.Path))
	})
	pools, rest := 0, 0
	for i, p := range packages {
		pools += p.Pools
		if i >= shown {
			rest += p.Pools
		}
	}
	fmt.Fprintf(&b, "%s of %s in %s now use plunge.\n", count(pools, "pool"), s.Module, count(len(packages), "package"))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, p := range packages[:min(shown, len(packages))] {
		whose := "dependency"
		if p.Own {
			whose = "own"
		}
		fmt.Fprintf(w, "%d\t%s\t  %s\n", p.Pools, whose, p.Path)
	}
	w.Flush()
	if rest > 0 {
		fmt.Fprintf(&b, "and %s in %s more.\n", count(rest, "pool"), count(len(packages)-shown, "package"))
	}
	if len(s.Changes) > 0 {
		fmt.Fprintf(&b, "Besides, plunge needs: %s.\n", strings.Join(s.Changes, ", "))
	}
	fmt.Fprintf(&b, "Compare with the original in %s:\n  cd %s && go test -bench . ./...\n", s.Root, s.To)
	return b.String()
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
