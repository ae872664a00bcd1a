package pool

import stdatomic "sync/atomic"

const (
	// maxBytes is the largest slice or map that the process-wide pools retain.
	maxBytes = 1 << 20

	// smallBytes is the size up to which one is retained however little of it is used.
	smallBytes = 4 << 10

	// slack is how many times larger than its recent uses needed an object may be.
	slack = 8

	// fade is the part of the estimate that goes with each use which needs little of its
	// object: after 16 of them it is down to a slack-th.
	fade = 8
)

// recent is what the uses of a pool's objects needed of late, in bytes: a maximum that
// decays. It is written where a use needed more than that, and where one needed little of a
// large object, so that loads which do not change only read it.
//
// Two writers may lose an update of one another. Then it decays a use later.
type recent struct{ bytes stdatomic.Int64 }

// fits notes that a use needed so many bytes of an object that has so many in all, and
// reports whether to retain that.
func (r *recent) fits(used, bytes int64) bool {
	if bytes <= smallBytes {
		return true
	}
	need := r.bytes.Load()
	if used > need {
		r.bytes.Store(used)
		need = used
	}
	if used >= bytes/slack {
		return true
	}
	if need < bytes/slack {
		return false
	}
	r.bytes.Store(need - need/fade)
	return true
}
