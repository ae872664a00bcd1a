package peer

import "github.com/valyala/bytebufferpool"

// byteBufferPool is fasthttp's pool of growable buffers. It learns which capacity new buffers need.
//
//bench:log 1 bytebufferpool
type byteBufferPool struct{ p *bytebufferpool.Pool }

func newByteBufferPool(Options) byteBufferPool { return byteBufferPool{new(bytebufferpool.Pool)} }

func (a byteBufferPool) get() *bytebufferpool.ByteBuffer  { return a.p.Get() }
func (a byteBufferPool) put(b *bytebufferpool.ByteBuffer) { a.p.Put(b) }
