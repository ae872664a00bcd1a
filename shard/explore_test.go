//go:build plunge_explore

package shard

import (
	"os"
	"testing"

	"github.com/plungepool/plunge/internal/explore"
)

// These tests run small programs over the real code under every schedule with at most so many
// preemptions, or under every one: make explore. See package explore for what that means, and
// for what it cannot see.

// full reports that a search may take minutes: PLUNGE_EXPLORE=full. Otherwise all of
// them take some 20 seconds.
func full() bool { return os.Getenv("PLUNGE_EXPLORE") == "full" }

// suite is programs that are about one thing.
type suite struct {
	name  string
	procs int // GOMAXPROCS, which is how many lanes a store has
	explore.Config
	most  int // preemptions if it may take minutes; Config has those if not
	bags  []bag
	fills []string
	ops   []string
}

var (
	// few are magazines of one value that are too few for two Ps to have two each.
	few = bag{capacity: 3, shards: 1, geometry: geometry{lanes: 2, private: true, size: 1, magazines: 3, last: 1, shards: 1}}
	// uneven has magazines of two values and a last one of one.
	uneven = bag{capacity: 5, shards: 1, geometry: geometry{lanes: 2, private: true, size: 2, magazines: 3, last: 1, shards: 1}}
	// apart has two shards, the Ps' own.
	apart = bag{capacity: 6, shards: 2, geometry: geometry{lanes: 2, private: true, size: 1, magazines: 6, last: 1, shards: 2}}
	// apart2 likewise, with magazines of two.
	apart2 = bag{capacity: 6, shards: 2, geometry: geometry{lanes: 2, private: true, size: 2, magazines: 3, last: 2, shards: 2}}
)

// made is a bag as New makes it.
func made(capacity, shards, magazine int) bag {
	return bag{capacity: capacity, shards: shards, magazine: magazine}
}

var suites = []suite{
	{
		name: "one operation each", procs: 2, Config: explore.Config{Preemptions: 3}, most: -1,
		bags:  []bag{few, uneven, apart},
		fills: []string{"", "0", "0011", "00011", "0011ab"},
		ops:   []string{"p p", "p g", "g g", "P t"},
	},
	{
		name: "spill and refill", procs: 2, Config: explore.Config{Preemptions: 3}, most: 5,
		bags:  []bag{few, uneven},
		fills: []string{"", "0", "00", "011", "00011", "0011ab"},
		ops:   []string{"p p", "p g", "g g", "pp gg", "pg pg", "pp pp", "gg gg", "n m", "pgp g", "P g", "P P", "N n"},
	},
	{
		name: "spill and refill, on any P", procs: 2, Config: explore.Config{Preemptions: 2, Ps: 2, Migrate: true}, most: 3,
		bags:  []bag{few, uneven},
		fills: []string{"", "00", "00011"},
		ops:   []string{"p p", "p g", "pp gg", "pg pg", "p g g", "p p g"},
	},
	{
		name: "spill and refill, 3 threads", procs: 2, Config: explore.Config{Preemptions: 2, Ps: 2}, most: 3,
		bags:  []bag{few, uneven},
		fills: []string{"", "0", "00011"},
		ops:   []string{"p p g", "p g g", "pg pg pg", "n m p", "P P g"},
	},
	{
		name: "spill and refill, one P, plain memory", procs: 2, Config: explore.Config{Preemptions: 3, Ps: 1, Plain: true}, most: 5,
		bags:  []bag{few, uneven},
		fills: []string{"", "0", "00a", "0001a"},
		ops:   []string{"p p", "p g", "g g", "P t", "pg g", "n m"},
	},
	{
		name: "steal", procs: 2, Config: explore.Config{Preemptions: 2}, most: 4,
		bags:  []bag{apart, apart2},
		fills: []string{"", "000", "0000", "000111", "111"},
		ops:   []string{"p g", "g g", "gg gg", "pp gg", "pg gp", "m m", "t N", "pp pp", "P g"},
	},
	{
		name: "steal, 3 threads", procs: 2, Config: explore.Config{Preemptions: 2, Ps: 2}, most: 4,
		bags:  []bag{apart, apart2},
		fills: []string{"", "000", "000111"},
		ops:   []string{"p g g", "g g g", "p p g", "pg g g"},
	},
	{
		name: "seize and drain", procs: 2, Config: explore.Config{Preemptions: 2}, most: 4,
		bags:  []bag{made(8, 1, 1), made(9, 2, 1), made(17, 1, 2)},
		fills: []string{"", "0011", "0000111", "000011aab"},
		ops:   []string{"s p", "s g", "s pp", "s gg", "s pg", "sg p", "sp g", "s n", "s m", "o pg", "r l"},
	},
	{
		name: "seize and drain, plain memory", procs: 2, Config: explore.Config{Preemptions: 3, Plain: true}, most: 4,
		bags:  []bag{made(8, 1, 1), made(16, 1, 2)},
		fills: []string{"", "00001111", "0000a", "011b"},
		ops:   []string{"s p", "s g", "s P", "o t", "sg p"},
	},
	{
		name: "seize and drain, 3 threads", procs: 2, Config: explore.Config{Preemptions: 2, Ps: 2}, most: 3,
		bags:  []bag{made(8, 1, 1)},
		fills: []string{"", "0011", "000011aab"},
		ops:   []string{"s p g", "s g g", "s p p", "s pg g"},
	},
	{
		name: "Sweep that keeps some", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(8, 1, 1), made(9, 2, 1)},
		fills: []string{"0011", "0000111", "000011aab", "00001111"},
		ops:   []string{"k p", "k g", "k pp", "k gg", "kg p", "kP P", "o p", "k p g", "r p", "r g", "r pp", "r P"},
	},
	{
		name: "two seizers", procs: 1, Config: explore.Config{Preemptions: 2, Ps: 1}, most: 4,
		bags:  []bag{made(4, 1, 1), made(8, 2, 2)},
		fills: []string{"", "0", "0000", "000aa"},
		ops:   []string{"s s", "ss k", "s s p", "k k p", "s k g", "o k n", "k k l"},
	},
	{
		name: "Close", procs: 2, Config: explore.Config{Preemptions: 3}, most: 4,
		bags:  []bag{made(8, 1, 1), made(8, 2, -1)},
		fills: []string{"", "0011", "00001111"},
		ops:   []string{"c p", "c g", "c pp", "c gg", "cp g", "cg p", "c s", "c k", "c c", "c n", "c m", "c P", "c l"},
	},
	{
		name: "Close, 3 threads", procs: 2, Config: explore.Config{Preemptions: 2, Ps: 2}, most: 3,
		bags:  []bag{made(8, 1, 1)},
		fills: []string{"", "0011"},
		ops:   []string{"c p g", "c c p", "c s p", "c k g"},
	},
	{
		name: "growth", procs: 1, Config: explore.Config{Preemptions: 2, Ps: 2}, most: 3,
		bags:  []bag{made(8, 1, 1), made(16, 2, 2)},
		fills: []string{"", "00001", "0000a1", "1", "11"},
		ops:   []string{"G p", "G g", "Gg p", "G pg", "G p g", "p p", "g p", "gg p", "g pg", "p P"},
	},
	{
		// All magazines are in use, and one in a ring has room.
		name: "room in a ring", procs: 2, Config: explore.Config{Preemptions: 3}, most: 5,
		bags:  []bag{made(16, 1, 2)},
		fills: []string{"000r000011110000", "000r0000111100"},
		ops:   []string{"P P", "P g", "P gg", "gP P", "gg gP", "PP gg"},
	},
	{
		name: "nothing private", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(1, 1, -1), made(2, 1, -1), made(3, 2, -1)},
		fills: []string{"", "0", "01", "011"},
		ops:   []string{"p p", "p g", "g g", "pp gg", "pg pg", "n m", "gp gp", "P t", "p p g", "p g g"},
	},
	{
		name: "nothing private, seized", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(2, 1, -1), made(3, 2, -1)},
		fills: []string{"", "0", "01"},
		ops:   []string{"s p", "s g", "sp g", "k pp", "s s", "k gp", "c pg"},
	},
}

// TestExplore runs every program of every suite on every bag and filling.
func TestExplore(t *testing.T) {
	total := explore.Result{Complete: true}
	for _, s := range suites {
		t.Run(s.name, func(t *testing.T) {
			procs(t, s.procs)
			if full() {
				s.Preemptions = s.most
			}
			sum, n := explore.Result{Complete: true}, 0
			for _, b := range s.bags {
				for _, fill := range s.fills {
					for _, ops := range s.ops {
						sum.Add(newHistory(program{b, ops, fill}).run(t, s.Config))
						n++
						if t.Failed() {
							return
						}
					}
				}
			}
			t.Logf("%s; %v; %d programs: %v", s.name, s.Config, n, sum)
			total.Add(sum)
		})
	}
	t.Logf("shard.Bag: %v", total)
}
