package peer

import "github.com/puzpuzpuz/xsync/v4"

// xsyncHandles is the queue of xsync for the elements of ring.Handles. Its Try
// calls fail whenever another goroutine is ahead of them, so the loops try
// again, for every queue alike.
//
//bench:handles 1 xsync.MPMCQueue
type xsyncHandles struct{ q *xsync.MPMCQueue[uint32] }

func newXsyncHandles(Options) xsyncHandles {
	return xsyncHandles{xsync.NewMPMCQueue[uint32](QueueSize)}
}

func (a xsyncHandles) push() bool { return a.q.TryEnqueue(7) }

func (a xsyncHandles) pop() bool {
	_, ok := a.q.TryDequeue()
	return ok
}

// xsyncPointers is the same for the elements of ring.Ring.
//
//bench:ring 1 xsync.MPMCQueue
type xsyncPointers struct {
	q *xsync.MPMCQueue[*Object]
	v *Object
}

func newXsyncPointers(Options) xsyncPointers {
	return xsyncPointers{xsync.NewMPMCQueue[*Object](QueueSize), new(Object)}
}

func (a xsyncPointers) push() bool { return a.q.TryEnqueue(a.v) }

func (a xsyncPointers) pop() bool {
	_, ok := a.q.TryDequeue()
	return ok
}
