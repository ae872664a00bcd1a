package buffers

import (
	"io"
	"unicode/utf8"
)

// Write appends p. The error is always nil. It panics as Grow does.
func (b *Buffer) Write(p []byte) (int, error) {
	put(b, p, (*Buffer).write)
	return len(p), nil
}

// WriteString appends s. The error is always nil. It panics as Grow does.
func (b *Buffer) WriteString(s string) (int, error) {
	put(b, s, (*Buffer).writeString)
	return len(s), nil
}

// put appends p, or has slow do it: U1. The inliner counts less for the call of a parameter than for that of a known
// function, which is what the call becomes. The condition says that there is room, so the append has no code to grow.
// Only the length of b.buf is assigned, so nothing else is stored.
func put[P []byte | string](b *Buffer, p P, slow func(*Buffer, P)) {
	n := len(b.buf) + len(p) // negative if that wraps around, on 32-bit machines
	if b.last == opInvalid && uint(n) <= uint(cap(b.buf)) {
		b.buf = b.buf[:len(append(b.buf, p...))]
	} else {
		slow(b, p)
	}
}

// WriteByte appends c. The error is always nil. It panics as Grow does.
func (b *Buffer) WriteByte(c byte) error {
	putByte(b, c, (*Buffer).writeByte)
	return nil
}

// putByte is put of one byte.
func putByte(b *Buffer, c byte, slow func(*Buffer, byte)) {
	if b.last == opInvalid && len(b.buf) < cap(b.buf) {
		b.buf = append(b.buf, c)
	} else {
		slow(b, c)
	}
}

// write is Write if there is more to do than to append.
//
//go:noinline
func (b *Buffer) write(p []byte) {
	old := b.prepare(len(p))
	b.buf = append(b.buf, p...)
	b.pool.Release(old)
}

// writeString is the same for WriteString.
//
//go:noinline
func (b *Buffer) writeString(s string) {
	old := b.prepare(len(s))
	b.buf = append(b.buf, s...)
	b.pool.Release(old)
}

// writeByte is the same for WriteByte.
//
//go:noinline
func (b *Buffer) writeByte(c byte) {
	b.pool.Release(b.prepare(1))
	b.buf = append(b.buf, c)
}

// prepare makes room for a write of n bytes, and the last read can no longer be taken back. It returns memory to be
// released after the write, because the bytes to write may be part of it; or nil.
func (b *Buffer) prepare(n int) (old []byte) {
	b.check()
	b.last = opInvalid
	if n == 0 { // else reserve might forget what has been read
		return nil
	}
	b.reserve(0)
	if n > cap(b.buf)-len(b.buf) {
		old = b.move(n)
	}
	return old
}

// WriteRune appends the UTF-8 encoding of r and returns its length. The error is always nil. It panics as Grow
// does.
func (b *Buffer) WriteRune(r rune) (int, error) {
	b.check()
	b.last = opInvalid
	n := utf8.RuneLen(r)
	if n < 0 {
		n = utf8.RuneLen(utf8.RuneError) // encoded as that
	}
	b.reserve(n)
	m := len(b.buf)
	b.buf = utf8.AppendRune(b.buf, r)
	return len(b.buf) - m, nil
}

// ReadFrom appends what r returns until io.EOF, which is not an error. It grows as it reads, whatever length r
// claims to have. It panics as Grow does, and if r returns a count that is negative or larger than the slice it
// was given.
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
