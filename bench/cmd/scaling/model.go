package main

import "math"

// What an operation does to cache lines that other cores write as well, and how many
// locked instructions it takes. These are read off packages shard and ring; the
// rest of the model is measured.
const (
	// A trade pops a handle of a full magazine from one ring and pushes that of an
	// empty one to another, or the other way round. Each claims a slot and moves an
	// index on, a line and a locked instruction each.
	linesTrade  = 4
	lockedTrade = 4

	// A steal is a trade with another P's shard, after a look at its rings; and the
	// values of the magazine are on the other core, eight pointers a line.
	linesSteal = linesTrade + magazine/8

	// After a Clear each P reads the pointer to the new store and touches a new lane.
	linesClear = 3

	magazine = 64 // values, by default
)

// params are what the model is of: in ns, measured here.
type params struct {
	hit      float64 // a pair of hits, one goroutine
	burst    float64 // an operation of bursts of 256, a trade every 64, one goroutine
	locked   float64 // a locked instruction on a line of one's own
	transfer float64 // of a line from one core to another; NaN with one core
}

// hits is the time of a pair by the wall clock with so many cores: nothing is shared.
func (p params) hits(cores int) float64 { return p.hit / float64(cores) }

// bursts is that of an operation of bursts, each core at a shard of its own: what is
// shared is written by one core only.
func (p params) bursts(cores int) float64 { return p.burst / float64(cores) }

// oneShard is that of bursts by all cores at one shard: every trade takes its lines
// from another core, and trades come one after the other at the shard.
func (p params) oneShard(cores int) float64 {
	if cores == 1 {
		return p.burst
	}
	trade := linesTrade * p.transfer / magazine // what a value bears of it
	return math.Max((p.burst+trade)/float64(cores), trade)
}

// steal is what a value bears of a steal more than of a trade with one's own shard,
// the price of a value made on one core and used on another.
func (p params) steal() float64 { return linesSteal * p.transfer / magazine }

// full is the number of cores from which one shard is what all wait for.
func (p params) full() float64 {
	trade := linesTrade * p.transfer / magazine
	return (p.burst + trade) / trade
}
