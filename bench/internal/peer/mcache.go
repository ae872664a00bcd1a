package peer

import "github.com/bytedance/gopkg/lang/mcache"

// mcacheBuffers is ByteDance's cache of byte slices by powers of two: one sync.Pool per size for the whole process.
// Its buffers are not cleared, not even new ones.
//
//bench:buffers 1 mcache
type mcacheBuffers struct{}

func newMcacheBuffers(Options) mcacheBuffers { return mcacheBuffers{} }

func (mcacheBuffers) get(n int) []byte { return mcache.Malloc(n) }
func (mcacheBuffers) put(b []byte)     { mcache.Free(b) }
