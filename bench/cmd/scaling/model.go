package main

import (
	"math"

	"github.com/plungepool/plunge/shard"
)

// How many cache lines that other cores write as well an operation touches, and how many locked instructions it
// executes. These numbers come from the code of packages shard and ring. The rest of the model is measured.
const (
	// A trade pops the handle of a full magazine from one ring, and pushes the handle of an empty one to another,
	// or the reverse. Each claims a slot and advances an index: a line and a locked instruction each. The shard
	// counts the values. Each magazine has a state line for the time when no core has it. The core reads the state
	// of the magazine that it takes, and waits for it. It stores to the state of the other without waiting.
	linesTrade  = 7
	linesWait   = 6
	lockedTrade = 5

	// A steal is counted at the shard that it takes from.
	linesSteal  = 1
	lockedSteal = 1

	// A miss reads two rings and the counters of its home shard, and counts itself there. No other core has these
	// lines, unless it stole from that shard. Then they are three. A miss also reads which shards may have something:
	// a line that others write while they put and take. If nobody has looked for some time, beliefLane for each core,
	// it reads the counters of all lanes and all shards, of which each core has one.
	linesMiss   = 1
	linesRobbed = 3
	lockedMiss  = 1
	linesLook   = 2   // for each core
	beliefLane  = 250 // ns, beliefPerLane of package shard

	// For PeakIdle a P that fills another magazine looks at all lanes, once per four times their number. So a
	// magazine costs a quarter of a line for that look, and a quarter when the lane's owner writes again, whatever
	// the number of cores.
	linesPeak = 0.5

	// cellsLine is how many values of a magazine are in a line: a pointer and a stamp each.
	cellsLine = 4

	// After a Clear each P reads the pointer to the new store and touches a new lane.
	linesClear = 3
)

// burst is the size of the bursts.
const burst = 256

// trades returns the trades per operation of bursts. A burst of more values than two magazines hold makes two
// trades for each further magazine, one on the way there and one back.
func trades(magazine int) float64 {
	return 2 * math.Max(burst-2*float64(magazine), 0) / float64(magazine) / burst
}

// peaks returns how often an operation of bursts fills another magazine.
func peaks(magazine int) float64 { return math.Max(burst/float64(magazine)-1, 0) / burst }

// params are the model's parameters, in ns, measured here. The parameters of one core are measured with one
// goroutine while nothing else runs.
type params struct {
	hit    float64 // a pair of hits
	bursts float64 // an operation of bursts within two magazines
	trade  float64 // a trade: by how much bursts over the edge take longer, including branches that mispredict a hit
	miss   float64 // an Acquire that finds nothing, with a New that does nothing
	locked float64 // a locked instruction on a line of one's own

	transfer float64 // of a line that two cores write in turns; NaN with one core
	stream   float64 // of a line of many that are handed over together

	// company is how much longer work on a core's own memory takes while other cores work, as a factor by the
	// number of cores; 0 for a number that was not measured. Hyperthreads share a core, and cores share clock speed.
	company []float64
}

// slower returns company for so many cores; for more than measured, that of the most.
func (p params) slower(cores int) float64 {
	for n := min(cores, len(p.company)-1); n > 1; n-- {
		if p.company[n] > 0 {
			return p.company[n]
		}
	}
	return 1
}

// hits is the wall time of a pair of hits with so many cores, which share nothing.
func (p params) hits(cores int) float64 { return p.hit * p.slower(cores) / float64(cores) }

// within is the wall time of an operation of bursts within the magazines.
func (p params) within(cores int) float64 { return p.edge(cores, shard.DefaultMagazine, 0) }

// edge is the wall time of an operation of bursts over the edge of magazines of this size. Each core has its own
// shard, so only one core writes shared lines, except for steals: steals is the number of magazines stolen per
// operation.
func (p params) edge(cores, magazine int, steals float64) float64 {
	each := (p.bursts + trades(magazine)*p.trade) * p.slower(cores)
	if cores > 1 { // else there is no transfer
		each += steals*p.steal(magazine) + peaks(magazine)*others(cores)*linesPeak*p.transfer
	}
	return each / float64(cores)
}

// oneShard is the wall time of the same bursts if all cores use one shard. With probability others(cores) another core
// used the magazine and the lines of the rings last; but while one core waits for them, the one that has them goes on
// trading. A line that all cores write serves one of them at a time.
func (p params) oneShard(cores, magazine int) float64 {
	each := p.edge(cores, magazine, 0)
	if cores == 1 {
		return each
	}
	alone := p.bursts/trades(magazine) + p.trade // from one trade to the next
	waits := min(others(cores), 1/(1+p.remote(magazine)/alone))
	each += trades(magazine) * waits * p.remote(magazine) / float64(cores)
	return math.Max(each, trades(magazine)*p.queue())
}

// others is the part of the lines shared by so many cores that another core wrote last.
func others(cores int) float64 { return 1 - 1/float64(cores) }

// remote is how much longer a trade takes if another core wrote its lines last.
func (p params) remote(magazine int) float64 {
	return linesWait*p.transfer + float64(magazine)/cellsLine*p.stream
}

// steal is how much longer a trade takes at another core's shard.
func (p params) steal(magazine int) float64 {
	return p.remote(magazine) + linesSteal*p.transfer + lockedSteal*p.locked
}

// misses is the wall time of Acquires that find nothing, if all cores do only that.
func (p params) misses(cores int) float64 { return p.miss * p.slower(cores) / float64(cores) }

// missAmong is the time of an Acquire that finds nothing while other cores put and take. robbed: one of them has
// stolen from the home shard since the last operation there.
func (p params) missAmong(robbed bool) float64 {
	lines := linesMiss
	if robbed {
		lines += linesRobbed
	}
	return p.miss + float64(lines)*p.transfer
}

// look is how much longer such an Acquire takes that looks at the lanes.
func (p params) look(cores int) float64 { return float64(linesLook*cores) * p.stream }

// looks is how much longer such Acquires take in the mean, on a core that does nothing else. If other cores do the
// same, each has a smaller part of the looks.
func (p params) looks(cores int) float64 {
	return p.look(cores) * p.missAmong(false) / float64(beliefLane*cores)
}

// queue is how long a trade occupies the line of a ring's index. Trades on the way there and trades on the way back
// use two different indices each.
func (p params) queue() float64 { return (p.transfer + p.locked) / 2 }

// full is the number of cores from which all wait for the one shard.
func (p params) full(magazine int) float64 {
	each := p.bursts + trades(magazine)*(p.trade+p.remote(magazine))
	return each / (trades(magazine) * p.queue())
}
