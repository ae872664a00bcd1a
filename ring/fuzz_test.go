package ring

import (
	"encoding/binary"
	"testing"
)

// wide is a value of several cache lines with a pointer in it.
type wide struct {
	v    uint32
	self *uint32
	_    [15]uint64
}

// wideRing is a Ring of wide values as a queue of their numbers.
type wideRing struct{ *Ring[wide] }

func (r wideRing) TryPush(v uint32) bool { return r.Ring.TryPush(wide{v: v, self: &v}) }

func (r wideRing) TryPop() (uint32, bool) {
	w, ok := r.Ring.TryPop()
	if ok && (w.self == nil || *w.self != w.v) {
		return ^w.v, true // the value has been torn
	}
	return w.v, ok
}

// fuzz runs the operations that ops encodes on q and on a model: bit 7 pops, the
// rest is how many times.
func fuzz(t *testing.T, q queue, from uint64, ops []byte) {
	m := model{cap: q.Cap()}
	for i, op := range ops {
		for j := range op&127 + 1 {
			v := binary.LittleEndian.Uint32([]byte{op, byte(i), j, byte(i >> 8)}) % (MaxHandle + 1)
			m.step(t, q, op < 128, v)
		}
		m.check(t, q, from)
		if t.Failed() {
			t.Fatalf("after operation %d", i)
		}
	}
}

// capacityOf returns a small capacity, so that the check of all slots after every operation stays cheap.
func capacityOf(n uint16) int { return int(n)%2000 + 1 }

// addSeeds adds op sequences that fill, empty and go round, each from the laps
// just below the wraps of a lap's bits and of positions, and from the first.
func addSeeds(f *testing.F, laps []uint64) {
	for i, s := range []struct {
		n   uint16 // the capacity less 1
		ops []byte
	}{
		{0, []byte{0, 128, 0, 0, 128, 128}},
		{0, []byte{1, 128, 1, 129, 1, 129, 1, 129, 1, 129}},
		{2, []byte{2, 130, 3, 129, 0, 0, 0, 255}},
		{6, []byte{7, 127, 133, 20, 128, 140, 5, 255}},
		{15, []byte{15, 143, 15, 143, 127, 255, 9, 137}},
		{999, []byte{127, 127, 127, 127, 127, 127, 127, 127, 255, 255, 40, 255, 255}},
	} {
		f.Add(s.n, laps[i%len(laps)], s.ops)
		f.Add(s.n, laps[0], s.ops)
	}
}

func FuzzHandles(f *testing.F) {
	addSeeds(f, kinds[0].laps)
	f.Fuzz(func(t *testing.T, n uint16, lap uint64, ops []byte) {
		q := newHandlesAt(capacityOf(n), lap)
		fuzz(t, q, start(q), ops)
	})
}

func FuzzRing(f *testing.F) {
	addSeeds(f, kinds[1].laps)
	f.Fuzz(func(t *testing.T, n uint16, lap uint64, ops []byte) {
		fuzz(t, newAt[uint32](capacityOf(n), lap), 0, ops)
		fuzz(t, wideRing{newAt[wide](capacityOf(n), lap)}, 0, ops)
	})
}
