//go:build plunge_explore

package shard

import (
	"os"
	"testing"

	"github.com/plungepool/plunge/internal/check/explore"
)

// These tests (make explore) run small programs over the real code under every schedule, or under every one with a
// limited number of preemptions. See package explore for what that means, and for what it cannot see.

// full reports that a search may take minutes: PLUNGE_EXPLORE=full. Otherwise all of
// them take some 20 seconds.
func full() bool { return os.Getenv("PLUNGE_EXPLORE") == "full" }

// suite has the programs that are about one thing.
type suite struct {
	name  string
	procs int // GOMAXPROCS, which is how many lanes a store has
	explore.Config
	most  int // preemptions if a search may take minutes; otherwise those of Config hold
	bags  []bag
	fills []string
	ops   []string
}

// one, two and apart are layouts: magazines of one value, of two, and of one in shards of two.
var (
	one1  = layout{size: 1, shards: 1, first: 8, lanes: true}
	two   = layout{size: 2, shards: 1, first: 8, lanes: true}
	apart = layout{size: 1, shards: 3, first: 2, lanes: true}
	apt2  = layout{size: 2, shards: 2, first: 2, lanes: true}
	none1 = layout{size: 1, shards: 1, first: 8}
	noneA = layout{size: 1, shards: 2, first: 2}
)

// made returns a bag with lanes of these limits.
func made(capacity int, g layout, limits ...int) bag {
	return bag{capacity: capacity, layout: g, limits: limits}
}

var suites = []suite{
	{
		name: "one operation each", procs: 2, Config: explore.Config{Preemptions: 2}, most: -1,
		bags:  []bag{made(2, none1), made(3, two), made(4, one1, 1, 0), made(8, two, 1, 1)},
		fills: []string{"", "0", "0011", "0011ab"},
		ops:   []string{"p p", "p g", "g g", "P t"},
	},
	{
		name: "nothing private", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(1, none1), made(2, none1), made(3, noneA), made(3, two)},
		fills: []string{"", "0", "01", "011"},
		ops:   []string{"p p", "p g", "g g", "pp gg", "pg pg", "n m", "gp gp", "P t", "p p g", "p g g", "N n"},
	},
	{
		name: "shards and hints", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(6, noneA), made(4, apart), made(8, apt2)},
		fills: []string{"", "0000", "111", "00001111a"},
		ops:   []string{"p g", "g g", "t t", "pp gg", "pg gp", "m m", "t N", "pp pp", "P g", "gg pp"},
	},
	{
		name: "spill and refill", procs: 2, Config: explore.Config{Preemptions: 2}, most: 4,
		bags:  []bag{made(4, one1, 1, 1), made(8, two, 2, 2), made(8, two, 2, 1), made(4, one1, 1, 0)},
		fills: []string{"", "00", "0011", "00001", "0011ab"},
		ops:   []string{"p p", "p g", "g g", "pp gg", "pg pg", "n m", "P g", "t t", "N n"},
	},
	{
		name: "spill and refill, on any P", procs: 2, Config: explore.Config{Preemptions: 1, Ps: 2, Migrate: true}, most: 2,
		bags:  []bag{made(4, one1, 1, 1), made(8, two, 2, 1)},
		fills: []string{"", "00", "00011"},
		ops:   []string{"p p", "p g", "pp gg", "pg pg", "p g g", "t t"},
	},
	{
		name: "spill and refill, 3 threads", procs: 2, Config: explore.Config{Preemptions: 1, Ps: 2}, most: 2,
		bags:  []bag{made(4, one1, 1, 1), made(8, two, 2, 1)},
		fills: []string{"", "0", "00011"},
		ops:   []string{"p p g", "p g g", "pg pg pg", "n m p", "P t g"},
	},
	{
		name: "spill and refill, one P, plain memory", procs: 2, Config: explore.Config{Preemptions: 2, Ps: 1, Plain: true}, most: 4,
		bags:  []bag{made(4, one1, 1, 1), made(8, two, 2, 2)},
		fills: []string{"", "00a", "0001a"},
		ops:   []string{"p p", "p g", "g g", "P t", "pg g", "n m"},
	},
	{
		name: "gather", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(4, one1, 1, 1), made(8, two, 2, 2)},
		fills: []string{"", "0011", "000111"},
		ops:   []string{"a p", "a g", "a t", "a pp", "a tt", "a pg", "tt tt", "ta p", "a N", "a m", "a a", "a x"},
	},
	{
		name: "gather, plain memory", procs: 2, Config: explore.Config{Preemptions: 2, Plain: true}, most: 3,
		bags:  []bag{made(4, one1, 1, 1), made(8, two, 2, 2)},
		fills: []string{"0011", "0a"},
		ops:   []string{"a p", "a t", "x p", "x t", "s p", "s t"},
	},
	{
		name: "gather, 3 threads", procs: 2, Config: explore.Config{Preemptions: 1, Ps: 2}, most: 2,
		bags:  []bag{made(4, one1, 1, 1)},
		fills: []string{"", "0011"},
		ops:   []string{"a p t", "a t t", "a p p", "x p t", "a a t"},
	},
	{
		name: "compaction", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(4, one1, 1, 1), made(8, two, 2, 2)},
		fills: []string{"0", "0011", "000111"},
		ops:   []string{"x p", "x t", "x pp", "x tt", "x pg", "xt p", "x N", "x x", "x l"},
	},
	{
		name: "lanes come", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(4, one1), made(8, two), made(4, one1, 1, 1)},
		fills: []string{"", "00", "0011"},
		ops:   []string{"e p", "e t", "e pt", "e n", "e a", "e x", "e s", "e e", "ep tg"},
	},
	{
		name: "looks", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(4, one1, 1, 1), made(8, two, 2, 1)},
		fills: []string{"0011", "00001a"},
		ops:   []string{"i p", "i t", "ip tt", "ipp tg", "ip a", "itp pt"},
	},
	{
		name: "Clear and Resize", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(4, one1, 1, 1), made(8, two, 2, 2), made(2, none1)},
		fills: []string{"", "00", "0011"},
		ops:   []string{"s p", "s g", "s pp", "s tt", "s pg", "sg p", "sp g", "s n", "s m", "r p", "r t", "r pp", "r tt", "s s", "s r"},
	},
	{
		name: "Clear, 3 threads", procs: 2, Config: explore.Config{Preemptions: 1, Ps: 2}, most: 2,
		bags:  []bag{made(4, one1, 1, 1)},
		fills: []string{"", "0011"},
		ops:   []string{"s p g", "s g g", "s p p", "s pg g", "s s p", "s a g", "s x p"},
	},
	{
		name: "Sweep and Shed", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(4, none1), made(6, two, 1, 0)},
		fills: []string{"00", "0011"},
		ops:   []string{"o p", "o t", "o pt", "k p", "k t", "kt p", "d p", "d t", "d tt", "o o", "o s", "d a", "k x"},
	},
	{
		name: "Close", procs: 2, Config: explore.Config{Preemptions: 2}, most: 3,
		bags:  []bag{made(4, one1, 1, 1), made(3, noneA)},
		fills: []string{"", "0011"},
		ops:   []string{"c p", "c g", "c pp", "c gg", "cp g", "cg p", "c s", "c a", "c x", "c c", "c n", "c m", "c P", "c l", "c e"},
	},
	{
		name: "Close, 3 threads", procs: 2, Config: explore.Config{Preemptions: 1, Ps: 2}, most: 2,
		bags:  []bag{made(4, one1, 1, 1)},
		fills: []string{"", "0011"},
		ops:   []string{"c p g", "c c p", "c s p", "c a g"},
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
