//go:build plunge_explore

// Package atom is what packages ring and shard use of sync/atomic and sync, here with
// a scheduling point of package explore at each operation.
package atom

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/plungepool/plunge/internal/check/explore"
)

// Explored reports this build.
const Explored = true

// Uint64 is an atomic.Uint64.
type Uint64 struct{ v atomic.Uint64 }

func (x *Uint64) step() { explore.Step(unsafe.Pointer(x)) }

// Load is a step.
func (x *Uint64) Load() uint64 {
	x.step()
	return x.v.Load()
}

// Store is a step.
func (x *Uint64) Store(v uint64) {
	x.step()
	x.v.Store(v)
	explore.Wrote(unsafe.Pointer(x))
}

// CompareAndSwap is a step.
func (x *Uint64) CompareAndSwap(before, after uint64) bool {
	x.step()
	if !x.v.CompareAndSwap(before, after) {
		return false
	}
	explore.Wrote(unsafe.Pointer(x))
	return true
}

// Mutex is a sync.Mutex.
type Mutex struct {
	mu   sync.Mutex
	held bool // by a thread that is explored
}

// Lock is a step.
func (m *Mutex) Lock() {
	if explore.Block(func() bool { return !m.held }) {
		m.held = true
		return
	}
	m.mu.Lock()
}

// TryLock is a step.
func (m *Mutex) TryLock() bool {
	if !explore.Block(func() bool { return true }) {
		return m.mu.TryLock()
	}
	if m.held {
		return false
	}
	m.held = true
	return true
}

// Unlock is not a step: whoever waits for it goes on at the next step.
func (m *Mutex) Unlock() {
	if m.held {
		m.held = false
		return
	}
	m.mu.Unlock()
}

// LoadPointer is a step.
func LoadPointer(addr *unsafe.Pointer) unsafe.Pointer {
	explore.Step(unsafe.Pointer(addr))
	p := atomic.LoadPointer(addr)
	explore.Loaded(unsafe.Pointer(addr))
	return p
}

// StorePointer is a step.
func StorePointer(addr *unsafe.Pointer, p unsafe.Pointer) { SwapPointer(addr, p) }

// SwapPointer is a step.
func SwapPointer(addr *unsafe.Pointer, p unsafe.Pointer) unsafe.Pointer {
	explore.Step(unsafe.Pointer(addr))
	old := atomic.SwapPointer(addr, p)
	explore.Published()
	explore.Wrote(unsafe.Pointer(addr))
	return old
}

// LoadInt64 is a step.
func LoadInt64(addr *int64) int64 {
	explore.Step(unsafe.Pointer(addr))
	return atomic.LoadInt64(addr)
}

// StoreInt64 is a step.
func StoreInt64(addr *int64, v int64) {
	explore.Step(unsafe.Pointer(addr))
	atomic.StoreInt64(addr, v)
	explore.Wrote(unsafe.Pointer(addr))
}
