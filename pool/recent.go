package pool

import stdatomic "sync/atomic"

const (
	// maxBytes is the largest slice or map that the process-wide pools retain.
	maxBytes = 1 << 20

	// smallBytes: an object of this size or less is retained, however little of it is used.
	smallBytes = 4 << 10

	// slack: an object may be this many times larger than what recent uses needed.
	slack = 8

	// fade: each use that needs little of its object lowers the estimate by a fade-th. After 16 of these uses a
	// slack-th is left.
	fade = 8
)

// recent estimates how many bytes the recent uses of a pool's objects needed: a maximum that decays. Only two kinds
// of uses write it: those that need more, and those that need little of a large object. A steady load only reads
// it.
//
// Of two updates at the same time one may be lost. Then the estimate decays one use later.
type recent struct{ bytes stdatomic.Int64 }

// fits notes that a use needed used bytes of an object that has bytes in all. It reports whether to retain the
// object.
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
