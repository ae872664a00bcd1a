package buffers

import (
	"io"
	"unicode/utf8"
	"unsafe"
)

// Write appends p. The error is always nil; it panics as Grow does.
func (b *Buffer) Write(p []byte) (int, error) {
	// U2. The inliner's budget is 80, of which the call takes 57 and all of this 80: it
	// counts a node for the first field's address, and two for b.limit. Where the sum wraps
	// around, on 32-bit machines, append panics.
	if len(b.buf)+len(p) < *(*int)(unsafe.Pointer(&b.limit)) {
		b.buf = append(b.buf, p...)
	} else {
		b.write(p)
	}
	return len(p), nil
}

// WriteString appends s. The error is always nil; it panics as Grow does.
func (b *Buffer) WriteString(s string) (int, error) {
	if len(b.buf)+len(s) < *(*int)(unsafe.Pointer(&b.limit)) { // as in Write
		b.buf = append(b.buf, s...)
	} else {
		b.writeString(s)
	}
	return len(s), nil
}

// WriteByte appends c. The error is always nil; it panics as Grow does.
func (b *Buffer) WriteByte(c byte) error {
	if len(b.buf)+1 < b.limit { // U2
		b.buf = append(b.buf, c)
		return nil
	}
	return b.writeByte(c)
}

// write is Write where limit does not let it append.
//
//go:noinline
func (b *Buffer) write(p []byte) {
	old := b.prepare(len(p))
	b.buf = append(b.buf, p...)
	b.pool.Release(old)
}

// writeString is WriteString, likewise.
//
//go:noinline
func (b *Buffer) writeString(s string) {
	old := b.prepare(len(s))
	b.buf = append(b.buf, s...)
	b.pool.Release(old)
}

// writeByte is WriteByte, likewise.
//
//go:noinline
func (b *Buffer) writeByte(c byte) error {
	b.pool.Release(b.prepare(1))
	b.buf = append(b.buf, c)
	return nil
}

// prepare makes room for a write of n bytes, the last read past taking back. It returns
// memory to be released after the write, which may be of it; or nil.
func (b *Buffer) prepare(n int) (old []byte) {
	b.check()
	b.last, b.limit = opInvalid, cap(b.buf)+1
	if n == 0 { // else reserve might forget what has been read
		return nil
	}
	b.reserve(0)
	if n > cap(b.buf)-len(b.buf) {
		old = b.move(n)
	}
	return old
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
