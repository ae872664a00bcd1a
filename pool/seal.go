package pool

import (
	"bytes"
	"hash/maphash"
	"unsafe"
)

// poisonByte is what an idle buffer of package buffers is filled with in a checked pool.
const poisonByte = 0xdb

const (
	// watched is how many of the objects released last an Acquire looks at, at most.
	watched = DefaultQuarantine

	// inspected is how many bytes of them it looks at, at most.
	inspected = 64 << 10
)

// seals is what a tracker knows of idle objects whose memory must not change. Guarded by
// the tracker's mu.
type seals struct {
	on   bool // objects are poisoned. Constant.
	seed maphash.Seed
	last [watched]*record // in the order of their Releases, from next on
	next int
}

// seal is what a record knows of the memory of its object. Guarded by the tracker's mu.
//
// U1: an object is sealed from its Release until it leaves the pool, in whatever way. Nobody may write to its
// memory meanwhile.
type seal struct {
	bytes  uintptr // of the memory. Constant. 0: not known
	before uintptr // how many of these are before record.at. Constant.
	on     bool
	broken bool // a change was reported, and the object is still in the pool
	sum    uint64
}

// memory returns how many bytes an object has, and how many of them come before at.
func (id identity) memory(extent uintptr) (size, before uintptr) {
	switch {
	case id.size > 0: // a slice: at is its last byte
		return id.size, id.size - 1
	case extent > 0:
		return extent, 0
	}
	return id.points, 0
}

// bytesOf returns the memory of the object at p, which has the seal s.
func (s *seal) bytesOf(p unsafe.Pointer) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(p, -int(s.before))), s.bytes)
}

// sound reports whether no byte was changed. If one was, it returns its offset, or -1 if it is not known which.
func (t *tracker) sound(rec *record, p unsafe.Pointer) (changed int, ok bool) {
	b := rec.seal.bytesOf(p)
	if t.extent == 0 {
		return -1, maphash.Bytes(t.seals.seed, b) == rec.seal.sum
	}
	for i := 0; i < len(b); i += len(poisoned) {
		if part := b[i:min(i+len(poisoned), len(b))]; !bytes.Equal(part, poisoned[:len(part)]) {
			for b[i] == poisonByte {
				i++
			}
			return i, false
		}
	}
	return 0, true
}

// poisoned is poison to compare with. Constant.
var poisoned = func() (b [4096]byte) {
	fill(b[:])
	return b
}()

func fill(b []byte) {
	for i := range b {
		b[i] = poisonByte
	}
}

// seal notes the content of an object that is about to become idle.
func (t *tracker) seal(id identity) {
	if !t.seals.on || id.at == nil {
		return
	}
	t.mu.Lock()
	defer t.unlock()
	rec := t.find(id.at)
	if rec == nil || rec.seal.bytes == 0 || rec.out > 0 {
		return
	}
	rec.seal.on, rec.seal.broken = true, false
	if t.extent == 0 {
		rec.seal.sum = maphash.Bytes(t.seals.seed, rec.seal.bytesOf(id.at))
	}
	t.seals.last[t.seals.next] = rec
	t.seals.next = (t.seals.next + 1) % watched
}

// unseal is called with an object that leaves the pool, before anybody writes to it. It reports a change that was
// not reported before.
func (t *tracker) unseal(id identity) (m Misuse, used bool) {
	m, used, _ = t.open(id)
	return m, used
}

// open is unseal, and also reports whether there was any change, reported before or not.
func (t *tracker) open(id identity) (m Misuse, used, broken bool) {
	if !t.seals.on || id.at == nil {
		return m, false, false
	}
	t.mu.Lock()
	defer t.unlock()
	rec := t.find(id.at)
	if rec == nil {
		return m, false, false
	}
	broken = rec.seal.broken
	if rec.seal.on {
		m, used = t.check(rec, id.at)
	}
	rec.seal.on, rec.seal.broken = false, false
	return m, used, broken || used
}

// check looks at the sealed object at p. If the object was changed, check opens its seal. mu is held.
func (t *tracker) check(rec *record, p unsafe.Pointer) (m Misuse, used bool) {
	changed, ok := t.sound(rec, p)
	if ok {
		return m, false
	}
	rec.seal.on, rec.seal.broken = false, true
	return Misuse{Pool: t.name, Kind: UseAfterRelease, First: rec.returned, Second: callers(), Changed: changed}, true
}

// inspect looks at the objects that were released last, the latest first. It stops after budget bytes, or when it
// finds an object that was changed, which it reports.
func (t *tracker) inspect(budget int) (m Misuse, used bool) {
	if !t.seals.on {
		return m, false
	}
	t.mu.Lock()
	defer t.unlock()
	for i := range watched {
		rec := t.seals.last[(t.seals.next+2*watched-1-i)%watched]
		if rec == nil {
			break
		}
		if !rec.seal.on || rec.immortal {
			continue
		}
		if budget -= int(rec.seal.bytes); budget < 0 {
			break
		}
		if p := rec.self.Value(); p != nil {
			if m, used = t.check(rec, unsafe.Pointer(p)); used {
				return m, true
			}
		}
	}
	return m, false
}

// intact reports whether an idle object that Acquire found may be handed out. It may if nobody changed an object;
// then it is as Reset leaves it. If v was changed, v is dropped. If another object was changed, v goes back.
func (p *Pool[T]) intact(v T) bool {
	c := p.check
	if m, used := c.inspect(inspected); used {
		if !p.bag.TryPut(v) {
			p.overflow(v)
		}
		m.report(c.handle)
		return false
	}
	if m, used, broken := c.open(c.identify(v)); broken {
		p.unfit(v, &p.count.invalid)
		if used {
			m.report(c.handle)
		}
		return false
	}
	if c.poison != nil && c.reset != nil {
		p.renew(v)
	}
	return true
}

// renew calls Reset for an object that is poisoned.
func (p *Pool[T]) renew(v T) {
	done := false
	defer func() {
		if !done {
			p.unfit(v, &p.count.panicked)
		}
	}()
	p.check.reset(v)
	done = true
}

// Inspect looks for changed memory in the idle objects of a checked pool with Options.Poison, or of package
// buffers. It returns a Misuse for each object that was changed after its Release. It does not call
// Options.OnMisuse. Each change is returned once.
func (p *Pool[T]) Inspect() []Misuse {
	p.use()
	if p.check == nil || !p.check.seals.on {
		return nil
	}
	found := p.check.inspectAll()
	for _, m := range found {
		m.enter()
	}
	return found
}

func (t *tracker) inspectAll() (found []Misuse) {
	t.mu.Lock()
	defer t.unlock()
	for _, rec := range t.records {
		if rec.seal.on && !rec.immortal {
			if p := rec.self.Value(); p != nil {
				if m, used := t.check(rec, unsafe.Pointer(p)); used {
					found = append(found, m)
				}
			}
		}
	}
	return found
}

// CheckBytes tells a checked pool that each of its objects is the first byte of a buffer of size bytes, and
// which name reports use. The pool then fills idle buffers with 0xdb, and checks at the next Acquire that they
// have not changed. It is for packages that build on a Pool, and must be called before any other use.
func CheckBytes(p *Pool[*byte], size int, name string) {
	c := p.check
	if c == nil {
		return
	}
	c.name = name
	c.extent, c.seals.on = uintptr(size), true
	c.poison = func(b *byte) { fill(unsafe.Slice(b, size)) }
}
