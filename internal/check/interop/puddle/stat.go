package puddle

import "time"

// Stat is the figures of a pool.
type Stat struct {
	constructing, inUse, idle, max int32
	acquired, empty, canceled      int64
	duration, emptyWait            time.Duration
}

// TotalResources returns the sum of the next three.
func (s *Stat) TotalResources() int32 { return s.constructing + s.inUse + s.idle }

// ConstructingResources returns how many are being made.
func (s *Stat) ConstructingResources() int32 { return s.constructing }

// AcquiredResources returns how many are in use.
func (s *Stat) AcquiredResources() int32 { return s.inUse }

// IdleResources returns how many are idle.
func (s *Stat) IdleResources() int32 { return s.idle }

// MaxResources returns how many there may be.
func (s *Stat) MaxResources() int32 { return s.max }

// AcquireCount returns how many Acquires succeeded.
func (s *Stat) AcquireCount() int64 { return s.acquired }

// AcquireDuration returns how long they took together.
func (s *Stat) AcquireDuration() time.Duration { return s.duration }

// EmptyAcquireCount returns how many of them found nothing idle.
func (s *Stat) EmptyAcquireCount() int64 { return s.empty }

// EmptyAcquireWaitTime returns how long those took.
func (s *Stat) EmptyAcquireWaitTime() time.Duration { return s.emptyWait }

// CanceledAcquireCount returns how many Acquires failed because their context ended.
func (s *Stat) CanceledAcquireCount() int64 { return s.canceled }
