package peer

import "github.com/plungepool/plunge/buffers"

// bufferOptions are the options of package buffers.
func (o Options) bufferOptions() buffers.Options {
	return buffers.Options{MaxIdlePerTier: o.MaxIdle, Shards: o.Shards}
}

// plungeBuffers is package buffers with default options, unless the command line sets others: powers of two from
// 256 bytes, at most 64 MiB retained.
//
//bench:buffers 0 plunge
type plungeBuffers struct{ p *buffers.Pool }

func newPlungeBuffers(o Options) plungeBuffers {
	return plungeBuffers{buffers.Must(buffers.New(o.bufferOptions()))}
}

func (a plungeBuffers) get(n int) []byte { return a.p.Acquire(n) }
func (a plungeBuffers) put(b []byte)     { a.p.Release(b) }

// plungeFixed is the pool of buffers of one size.
//
//bench:fixed 0 plunge
type plungeFixed struct{ p *buffers.Fixed }

func newPlungeFixed(o Options) plungeFixed {
	p, err := buffers.NewFixed(FixedSize, o.MaxIdle)
	if err != nil {
		panic(err)
	}
	return plungeFixed{p}
}

func (a plungeFixed) get(int) []byte { return a.p.Acquire() }
func (a plungeFixed) put(b []byte)   { a.p.Release(b) }

// plungeLog is the growable Buffer.
//
//bench:log 0 plunge
type plungeLog struct{ p *buffers.Pool }

func newPlungeLog(o Options) plungeLog {
	return plungeLog{buffers.Must(buffers.New(o.bufferOptions()))}
}

func (a plungeLog) get() *buffers.Buffer  { return a.p.NewBuffer(lineRoom) }
func (a plungeLog) put(b *buffers.Buffer) { b.Release() }
