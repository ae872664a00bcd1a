package buffers

import (
	"bytes"
	"errors"
	"io"
	"math"
	"unicode/utf8"
)

// Buffer is a growable buffer of bytes whose memory is a Pool's, with the methods of
// [bytes.Buffer] and what they do there. It grows from tier to tier; what it
// outgrows is released. It is for one goroutine at a time, and must not be copied: go vet
// reports copies.
//
// NewBuffer's stays on the stack where it is not handed to an interface; elsewhere a
// Buffer in an object of one's own, set up by Init, is what allocates nothing.
//
// U1: what last says holds only while len(buf) is mark. So a write, which makes buf
// longer, need not say that it was none.
//
// U2: a write of 1 to Available bytes, in one unsigned compare, takes the short way;
// what was released has no room for anything, not even for nothing.
//
// After Release, in which its memory goes back, only Release, Close and Init may be
// called; every other method panics.
type Buffer struct {
	_ noCopy

	pool *Pool  // nil: released, or never made
	buf  []byte // contents: buf[off:]
	off  int
	mark int    // len(buf) at the last read: U1
	last readOp // for UnreadByte and UnreadRune
}

// readOp is what the last operation read.
type readOp int8

const (
	opRead    readOp = -1 // any other reading operation
	opInvalid readOp = 0  // no reading operation
	// 1 to 4: a rune of so many bytes
)

// minRead is what ReadFrom has room for at least, when it calls Read: bytes.MinRead.
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

// NewBuffer returns an empty Buffer with room for capacity bytes. It panics if
// capacity is negative.
func (p *Pool) NewBuffer(capacity int) *Buffer {
	b := new(Buffer) // inlined into the caller, where it may stay on the stack
	b.Init(p, capacity)
	return b
}

// Init makes b, which is a zero Buffer or a released one, an empty Buffer of p's with
// room for capacity bytes. It panics if b is in use or capacity is negative.
//
//go:noinline
func (b *Buffer) Init(p *Pool, capacity int) {
	if b.pool != nil {
		panic("buffers: Init of a Buffer in use")
	}
	buf := p.Acquire(capacity)
	b.pool, b.buf, b.off, b.last = p, buf[:0], 0, opInvalid
}

// Release gives the memory back to the pool. Slices that Bytes, Next, Peek and
// AvailableBuffer returned must not be used afterwards. Further calls do nothing.
func (b *Buffer) Release() {
	if b.pool == nil {
		return
	}
	p, buf := b.pool, b.buf
	b.pool, b.buf, b.off = nil, nil, 0
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

// String returns the unread contents as a string. Of a nil Buffer it is "<nil>".
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

// Grow makes room for n more bytes. It panics if n is negative, and with
// [bytes.ErrTooLarge] if there cannot be so much memory.
func (b *Buffer) Grow(n int) {
	b.check()
	if n < 0 {
		panic(errNegativeGrow)
	}
	b.reserve(n)
}

// reserve makes room for n bytes behind the contents.
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
	b.last = opInvalid // U1: buf may become as long again
	m := len(b.buf) - b.off
	if n <= cap(b.buf)/2-m {
		// As in bytes.Buffer: sliding down is linear as long as it frees half.
		copy(b.buf[:m], b.buf[b.off:])
		b.buf, b.off = b.buf[:m], 0
		return nil
	}
	g := b.bigger(m, n)
	copy(g, b.buf[b.off:])
	old := b.buf
	b.buf, b.off = g[:m], 0
	return old
}

// bigger acquires memory for n more than m bytes. What make panics with becomes
// bytes.ErrTooLarge, and b is as it was.
func (b *Buffer) bigger(m, n int) []byte {
	if c := cap(b.buf); c > math.MaxInt-c-n { // as bytes.Buffer says it
		panic(bytes.ErrTooLarge)
	}
	defer func() {
		if recover() != nil {
			panic(bytes.ErrTooLarge)
		}
	}()
	return b.pool.Acquire(b.pool.grown(m, cap(b.buf), n))
}

// Write appends p. The error is always nil; it panics as Grow does.
func (b *Buffer) Write(p []byte) (int, error) {
	m := len(b.buf)
	if uint(len(p)-1) < uint(cap(b.buf)-m) { // U2
		b.buf = b.buf[:m+len(p)]
		return copy(b.buf[m:], p), nil
	}
	return writeSlow(b, p)
}

// WriteString appends s. The error is always nil; it panics as Grow does.
func (b *Buffer) WriteString(s string) (int, error) {
	m := len(b.buf)
	if uint(len(s)-1) < uint(cap(b.buf)-m) { // U2
		b.buf = b.buf[:m+len(s)]
		return copy(b.buf[m:], s), nil
	}
	return writeSlow(b, s)
}

// writeSlow is Write and WriteString where memory is short, or p is empty.
//
//go:noinline
func writeSlow[S []byte | string](b *Buffer, p S) (int, error) {
	b.check()
	b.last = opInvalid
	if len(p) == 0 { // else reserve might forget what has been read
		return 0, nil
	}
	var old []byte // released after the copy: p may be of it
	b.reserve(0)
	if len(p) > cap(b.buf)-len(b.buf) {
		old = b.move(len(p))
	}
	b.buf = append(b.buf, p...)
	b.pool.Release(old)
	return len(p), nil
}

// WriteByte appends c. The error is always nil; it panics as Grow does.
func (b *Buffer) WriteByte(c byte) error {
	if len(b.buf) < cap(b.buf) {
		b.buf = append(b.buf, c)
		return nil
	}
	b.check()
	b.reserve(1)
	b.buf = append(b.buf, c)
	return nil
}

// WriteRune appends the UTF-8 encoding of r and returns its length. The error is always
// nil; it panics as Grow does.
func (b *Buffer) WriteRune(r rune) (int, error) {
	b.check()
	b.last = opInvalid
	b.reserve(utf8.UTFMax)
	m := len(b.buf)
	b.buf = utf8.AppendRune(b.buf, r)
	return len(b.buf) - m, nil
}

// ReadFrom appends what r gives until io.EOF, which is no error. It grows as it reads,
// and trusts no length that r may claim. It panics as Grow does, and if r returns a
// count that is negative or more than it had room for.
func (b *Buffer) ReadFrom(r io.Reader) (n int64, err error) {
	b.check()
	b.last = opInvalid
	for {
		b.reserve(minRead)
		i := len(b.buf)
		m, err := r.Read(b.buf[i:cap(b.buf)])
		b.check() // r may have released b
		if m < 0 || m > cap(b.buf)-i {
			panic(errRead)
		}
		b.buf = b.buf[:i+m]
		n += int64(m)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
