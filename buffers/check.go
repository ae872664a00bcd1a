package buffers

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/plungepool/plunge/pool"
)

// In a checked pool every buffer passes package pool's check in its tier: the size classes do not know the tiers, and
// no buffer is carved from a slab. A part of a buffer has another address or another capacity. So it is foreign to
// its tier, or no tier has its capacity.

// fillCheck puts into Check whether the pool is checked. The guard build finds the same mistakes by other means.
func (o *Options) fillCheck() {
	o.Check = !guarded && (o.Check || !o.NoCheck && os.Getenv("PLUNGE_CHECK") == "1")
	o.NoCheck = !o.Check
}

// newBytes is miss in a checked pool. It fills a buffer with poison, unless it has to be zero. It aligns the buffer
// as Arrow needs it, because Arrow could not replace a buffer of a checked pool by another.
func (t *tier) newBytes() *byte {
	p, _ := t.slabs.memory(t.size)
	b := unsafe.Slice(p, t.size)
	if misaligned(b) > 0 {
		p, n := t.slabs.memory(t.size + arrowAlign)
		b = unsafe.Slice(p, n)[:t.size+arrowAlign]
		b = b[(arrowAlign-misaligned(b))%arrowAlign:][:t.size]
	}
	if !t.slabs.zero {
		for i := range b {
			b[i] = poison
		}
	}
	return unsafe.SliceData(b)
}

// poison is what idle buffers of a checked pool are filled with.
const poison = 0xdb

// checkPart has a checked pool report b, whose capacity is no tier's, if it is a part of a buffer.
func (p *Pool) checkPart(b []byte) {
	if !p.o.Check {
		return
	}
	for _, t := range p.tiers {
		if made := t.pool.Load(); made != nil {
			pool.ReportPart(made, unsafe.SliceData(b))
			return
		}
	}
}

// Checked reports whether the pool is checked: see Options.Check.
func (p *Pool) Checked() bool {
	if p == nil {
		panic(errNil)
	}
	return p.o.Check
}

// Holders returns the buffers of a checked pool that are acquired and not yet released, including those of
// Buffers; see pool.Pool.Holders.
func (p *Pool) Holders() (held []pool.Holder) {
	p.eachPool(func(p *pool.Pool[*byte]) { held = append(held, p.Holders()...) })
	return held
}

// Inspect looks at the idle buffers of a checked pool, and returns a Misuse for each that
// was written to after its Release; see pool.Pool.Inspect.
func (p *Pool) Inspect() (found []pool.Misuse) {
	p.eachPool(func(p *pool.Pool[*byte]) { found = append(found, p.Inspect()...) })
	return found
}

// InUse returns the number of buffers that are acquired and not yet released. Buffers larger than the largest
// tier are not counted.
func (p *Pool) InUse() int {
	n := 0
	for _, t := range p.Stats().Tiers {
		n += t.Pool.InUse
	}
	return n
}

// Name returns Options.Name.
func (p *Pool) Name() string { return p.o.Name }

// eachPool calls f with the pools that there are.
func (p *Pool) eachPool(f func(p *pool.Pool[*byte])) {
	if p == nil {
		panic(errNil)
	}
	for _, t := range p.tiers {
		if made := t.pool.Load(); made != nil {
			f(made)
		}
	}
}

// Checked reports whether the pool is checked: PLUNGE_CHECK=1 was set in the environment.
func (p *Fixed) Checked() bool {
	if p == nil {
		panic(errNilFixed)
	}
	return p.tier.pool.Load().Checked()
}

// Holders returns the buffers of a checked pool that are acquired and not yet released; see pool.Pool.Holders.
func (p *Fixed) Holders() []pool.Holder {
	if p == nil {
		panic(errNilFixed)
	}
	return p.tier.pool.Load().Holders()
}

// Inspect looks at the idle buffers of a checked pool, and returns a Misuse for each that
// was written to after its Release; see pool.Pool.Inspect.
func (p *Fixed) Inspect() []pool.Misuse {
	if p == nil {
		panic(errNilFixed)
	}
	return p.tier.pool.Load().Inspect()
}

// checkedName is what reports call the pool of a tier that has no name.
func checkedName(name string, size int) string {
	if name != "" {
		return name
	}
	return fmt.Sprintf("buffers of %d bytes", size)
}
