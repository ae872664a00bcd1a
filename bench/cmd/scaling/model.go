package main

import (
	"math"

	"github.com/plungepool/plunge/shard"
)

// What an operation does to cache lines that other cores write as well, and how many
// locked instructions it takes. These are read off packages shard and ring; the
// rest of the model is measured.
const (
	// A trade pops the handle of a full magazine from one ring and pushes that of an
	// empty one to another, or the other way round. Each claims a slot and moves an
	// index on, a line and a locked instruction each; what it took or gave is counted at the
	// shard. Of both magazines there is the state while no core has them: that of the one
	// taken is read, and waited for; to that of the one given a store is on its way while the
	// core goes on.
	linesTrade  = 7
	linesWait   = 6
	lockedTrade = 5

	// A steal counts itself at the shard that it is from.
	linesSteal  = 1
	lockedSteal = 1

	// A miss reads which shards may have something, a line of each of the two rings of one shard, its
	// counters, and two words of the bag; and package pool counts it, in a word that all share. If nobody has looked
	// for a while it reads the counters of all lanes and of the shards, of which there is one for so many cores at first.
	linesMiss     = 6
	writtenMiss   = 1
	lockedMiss    = 1
	coresPerShard = 8

	// For PeakIdle a P that fills another magazine looks at all lanes, once in four
	// times their number. So a magazine bears a quarter of a line read there and as
	// much when its owner writes on, whatever the number of cores.
	linesPeak = 0.5

	// cellsLine is the values of a magazine in a line, a pointer and a stamp each.
	cellsLine = 4

	// After a Clear each P reads the pointer to the new store and touches a new lane.
	linesClear = 3
)

// burst is the size of the bursts.
const burst = 256

// trades returns the trades of an operation of bursts: one that takes more values than
// two magazines hold trades for each magazine more, on its way there and back.
func trades(magazine int) float64 {
	return 2 * math.Max(burst-2*float64(magazine), 0) / float64(magazine) / burst
}

// peaks returns how often an operation of bursts fills another magazine.
func peaks(magazine int) float64 { return math.Max(burst/float64(magazine)-1, 0) / burst }

// params are what the model is of: in ns, measured here. Those of one core are of one
// goroutine while nothing else runs.
type params struct {
	hit    float64 // a pair of hits
	bursts float64 // an operation of bursts within two magazines
	trade  float64 // a trade, by what bursts over the edge take longer; the branches that foresaw a hit included
	locked float64 // a locked instruction on a line of one's own

	transfer float64 // of a line that two cores write in turns; NaN with one core
	stream   float64 // of a line of many that are handed over together

	// company is what work on memory of one's own takes longer while other cores work,
	// by their number: cores share what is in a core where they are hyperthreads, and
	// clocks.
	company map[int]float64
}

// slower returns company of so many cores, beyond those measured that of the most.
func (p params) slower(cores int) float64 {
	for n := cores; n > 1; n-- {
		if c, ok := p.company[n]; ok {
			return c
		}
	}
	return 1
}

// hits is the time of a pair by the wall clock with so many cores: nothing is shared.
func (p params) hits(cores int) float64 { return p.hit * p.slower(cores) / float64(cores) }

// within is that of an operation of bursts within the magazines.
func (p params) within(cores int) float64 { return p.edge(cores, shard.DefaultMagazine, 0) }

// edge is that of bursts over the edge of magazines of this size, each core at a shard
// of its own: what is shared is written by one core only, but for the magazines
// stolen, of an operation.
func (p params) edge(cores, magazine int, steals float64) float64 {
	each := (p.bursts + trades(magazine)*p.trade) * p.slower(cores)
	if cores > 1 { // else there is no transfer
		each += steals*p.steal(magazine) + peaks(magazine)*others(cores)*linesPeak*p.transfer
	}
	return each / float64(cores)
}

// oneShard is that of the same bursts by all cores at one shard. A magazine taken
// was another core's last, and so were the lines of the rings, in all cases but one
// of the number of cores; and a line that all write serves one of them at a time.
func (p params) oneShard(cores, magazine int) float64 {
	each := p.edge(cores, magazine, 0)
	if cores == 1 {
		return each
	}
	each += trades(magazine) * others(cores) * p.remote(magazine) / float64(cores)
	return math.Max(each, trades(magazine)*p.queue())
}

// others is the part of what is shared by so many cores that another one wrote last.
func others(cores int) float64 { return 1 - 1/float64(cores) }

// remote is what a trade takes longer with what another core wrote last.
func (p params) remote(magazine int) float64 {
	return linesWait*p.transfer + float64(magazine)/cellsLine*p.stream
}

// steal is what it takes longer with another core's shard.
func (p params) steal(magazine int) float64 {
	return p.remote(magazine) + linesSteal*p.transfer + lockedSteal*p.locked
}

// miss is what an Acquire that finds nothing takes with so many cores, each of which writes what it reads,
// beside what New takes; with a look at the lanes, or without.
func (p params) miss(cores int, looks bool) float64 {
	miss := (linesMiss+writtenMiss)*p.transfer + lockedMiss*p.locked
	if looks {
		miss += math.Ceil(float64(cores)*(1+1.0/coresPerShard)) * p.stream
	}
	return miss
}

// queue is how long the line of a ring's index is one core's for a trade. Trades on
// the way there and on the way back use different indices, two each.
func (p params) queue() float64 { return (p.transfer + p.locked) / 2 }

// full is the number of cores from which one shard is what all wait for.
func (p params) full(magazine int) float64 {
	each := p.bursts + trades(magazine)*(p.trade+p.remote(magazine))
	return each / (trades(magazine) * p.queue())
}
