package peer

// makeBuffers is no pool.
//
//bench:buffers 4 make
type makeBuffers struct{}

func newMakeBuffers(Options) makeBuffers { return makeBuffers{} }

// get is not inlined, so that every buffer is on the heap, whatever its length.
//
//go:noinline
func (makeBuffers) get(n int) []byte { return make([]byte, n) }

func (makeBuffers) put([]byte) {}

// makeLog is no pool of slices that are appended to.
//
//bench:log 3 make
type makeLog struct{}

func newMakeLog(Options) makeLog { return makeLog{} }

// get is not inlined, like the get of makeBuffers.
//
//go:noinline
func (makeLog) get() *appended {
	b := make(appended, 0, lineRoom)
	return &b
}

func (makeLog) put(*appended) {}
