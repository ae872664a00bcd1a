package buffers

import (
	"bytes"
	"errors"
	"math"
	"unsafe"

	"github.com/plungepool/plunge/shard"
)

// Buffer is a growable buffer of bytes that takes its memory from a Pool. It has the methods of [bytes.Buffer],
// which do the same. When it grows it takes a buffer of a larger tier and releases the smaller one. A Buffer is
// for one goroutine at a time, and must not be copied: go vet reports copies.
//
// A Buffer that NewBuffer returns stays on the stack unless it is passed as an interface, such as io.Writer. If it
// is, make the Buffer a field of your own object and call Init: that allocates nothing.
//
// After Release only Release, Close and Init may be called. Every other method panics.
type Buffer struct {
	_ noCopy

	buf  []byte // contents: buf[off:]
	pool *Pool  // nil: released, or never made
	off  int
	last readOp  // for UnreadByte and UnreadRune: U1
	room guessed // whether it was the pool that chose the capacity
}

// readOp is what the last operation read.
//
// U1: if last is opInvalid the Buffer is in use and no read can be taken back. Then a write that there is room for
// only appends, which is inlined into the caller.
type readOp int8

const (
	opInvalid readOp = -2 // no reading operation
	opRead    readOp = -1 // any but those of a rune
	opNone    readOp = 0  // nothing yet, or Release
	// 1 to 4: a rune of so many bytes
)

// minRead is the least room with which ReadFrom calls Read: bytes.MinRead.
const minRead = bytes.MinRead

var (
	errUnreadByte = errors.New("buffers.Buffer: UnreadByte: previous operation was not a successful read")
	errUnreadRune = errors.New("buffers.Buffer: UnreadRune: previous operation was not a successful ReadRune")
)

const (
	errUse          = "buffers: use of a Buffer that was released, or that NewBuffer did not make"
	errNegativeGrow = "buffers.Buffer.Grow: negative count"
	errTruncate     = "buffers.Buffer: truncation out of range"
	errRead         = "buffers.Buffer: reader returned a count that is no count of what it was given"
	errWrite        = "buffers.Buffer.WriteTo: invalid Write count"
)

// NewBuffer returns an empty Buffer with room for capacity bytes. With capacity 0 the pool chooses the room:
// enough for what most recent Buffers of capacity 0 held when they were released. It panics if capacity is
// negative.
func (p *Pool) NewBuffer(capacity int) *Buffer {
	b := new(Buffer) // inlined into the caller, where it may stay on the stack
	b.Init(p, capacity)
	return b
}

// Init makes b an empty Buffer of p with room for capacity bytes, as NewBuffer does. b must be a zero Buffer, or
// a released one. Init panics if b is in use or capacity is negative.
//
//go:noinline
//go:nocheckptr
func (b *Buffer) Init(p *Pool, capacity int) {
	if b.pool != nil {
		panic("buffers: Init of a Buffer in use")
	}
	if p == nil {
		panic(errNil)
	}
	if capacity == 0 {
		if c := p.start.Load(); c.Bag() != nil { // Get will do: GetSized would count 0 bytes
			buf := unsafe.Slice(shard.Get(c.Bag()), c.Size())
			b.pool, b.buf, b.off, b.last, b.room = p, buf[:0], 0, opInvalid, guess
			return
		}
	}
	buf := p.Acquire(capacity)
	b.pool, b.buf, b.off, b.last, b.room = p, buf[:0], 0, opInvalid, notGuessed
	if capacity == 0 {
		b.room = guess
	}
}

// Release returns the memory to the pool. Slices from Bytes, Next, Peek and AvailableBuffer must not be used
// afterwards. Further calls do nothing.
func (b *Buffer) Release() {
	p, buf := b.pool, b.buf
	if p == nil {
		return
	}
	room := b.room
	b.pool, b.buf, b.off, b.last = nil, nil, 0, opNone
	if room == guess && len(buf) >= int(p.enough.Load()) {
		// Its tier is start, or was: PutSized leaves what is another's to releaseRest.
		shard.PutSized(p.start.Load(), buf)
		return
	}
	b.back(p, buf, room)
}

// back is Release if the pool did not choose the capacity, or did not choose it well.
//
//go:noinline
func (b *Buffer) back(p *Pool, buf []byte, room guessed) {
	if room != notGuessed {
		p.learn(room, len(buf))
	}
	p.Release(buf)
}

// Close is Release. The error is always nil.
func (b *Buffer) Close() error {
	b.Release()
	return nil
}

// check panics where b must not be used.
func (b *Buffer) check() {
	if b.pool == nil {
		panic(errUse)
	}
}

// Bytes returns the unread contents, valid until the next call that changes b.
func (b *Buffer) Bytes() []byte {
	b.check()
	return b.buf[b.off:]
}

// AvailableBuffer returns an empty slice with capacity Available, to be appended to and
// passed to the next Write.
func (b *Buffer) AvailableBuffer() []byte {
	b.check()
	return b.buf[len(b.buf):]
}

// String returns the unread contents as a string, or "<nil>" if b is nil.
func (b *Buffer) String() string {
	if b == nil {
		return "<nil>"
	}
	b.check()
	return string(b.buf[b.off:])
}

// Len returns the number of unread bytes.
func (b *Buffer) Len() int {
	b.check()
	return len(b.buf) - b.off
}

// Cap returns the capacity of the memory.
func (b *Buffer) Cap() int {
	b.check()
	return cap(b.buf)
}

// Available returns how many bytes can be written without more memory.
func (b *Buffer) Available() int {
	b.check()
	return cap(b.buf) - len(b.buf)
}

// Truncate drops all but the first n unread bytes. It panics if there are fewer.
func (b *Buffer) Truncate(n int) {
	b.check()
	if n == 0 {
		b.Reset()
		return
	}
	b.last = opInvalid
	if n < 0 || n > len(b.buf)-b.off {
		panic(errTruncate)
	}
	b.buf = b.buf[:b.off+n]
}

// Reset drops the contents and keeps the memory.
func (b *Buffer) Reset() {
	b.check()
	b.buf, b.off, b.last = b.buf[:0], 0, opInvalid
}

// Grow makes room for n more bytes. It panics if n is negative, and with [bytes.ErrTooLarge] if the Buffer would be
// too large.
func (b *Buffer) Grow(n int) {
	b.check()
	if n < 0 {
		panic(errNegativeGrow)
	}
	b.reserve(n)
}

// reserve makes room for n bytes after the contents.
func (b *Buffer) reserve(n int) {
	if b.off > 0 && b.off == len(b.buf) {
		b.Reset()
	}
	if n > cap(b.buf)-len(b.buf) {
		b.more(n)
	}
}

// more is reserve where the memory is too small, or what has been read is in the way.
//
//go:noinline
func (b *Buffer) more(n int) { b.pool.Release(b.move(n)) }

// move is more, and returns the memory that was too small, for its caller to release;
// nil if it was large enough.
func (b *Buffer) move(n int) []byte {
	b.last = opInvalid
	m := len(b.buf) - b.off
	if n <= cap(b.buf)/2-m {
		// As in bytes.Buffer: sliding down is linear as long as it frees half.
		copy(b.buf[:m], b.buf[b.off:])
		b.buf, b.off = b.buf[:m], 0
		return nil
	}
	g := b.bigger(m, n)
	if b.room == guess {
		b.room = tooLittle
	}
	copy(g, b.buf[b.off:])
	old := b.buf
	b.buf, b.off = g[:m], 0
	return old
}

// bigger acquires memory for n more than m bytes. If make panics, bigger panics with bytes.ErrTooLarge and leaves b
// as it was.
func (b *Buffer) bigger(m, n int) []byte {
	if c := cap(b.buf); c > math.MaxInt-c-n { // the condition of bytes.Buffer
		panic(bytes.ErrTooLarge)
	}
	defer func() {
		if recover() != nil {
			panic(bytes.ErrTooLarge)
		}
	}()
	return b.pool.Acquire(b.pool.grown(m, cap(b.buf), n))
}
