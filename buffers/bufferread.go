package buffers

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Peek returns the next n unread bytes without reading them. If there are fewer it returns those and io.EOF. The
// slice is valid until the next call that changes b.
func (b *Buffer) Peek(n int) ([]byte, error) {
	b.check()
	if len(b.buf)-b.off < n {
		return b.buf[b.off:], io.EOF
	}
	return b.buf[b.off : b.off+n], nil
}

// WriteTo writes the unread contents to w, and drops what was written. The error is that of w, or
// io.ErrShortWrite.
func (b *Buffer) WriteTo(w io.Writer) (n int64, err error) {
	b.check()
	b.last = opInvalid
	if have := len(b.buf) - b.off; have > 0 {
		m, err := w.Write(b.buf[b.off:])
		b.check() // w may have released b
		if m < 0 || m > have {
			panic(errWrite)
		}
		b.off += m
		n = int64(m)
		if err != nil {
			return n, err
		}
		if m != have {
			return n, io.ErrShortWrite
		}
	}
	b.Reset()
	return n, nil
}

// Read reads up to len(p) bytes. At the end it returns io.EOF, unless len(p) is 0.
func (b *Buffer) Read(p []byte) (int, error) {
	b.check()
	b.last = opInvalid
	if b.off >= len(b.buf) {
		b.Reset()
		if len(p) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	n := copy(p, b.buf[b.off:])
	b.off += n
	if n > 0 {
		b.last = opRead
	}
	return n, nil
}

// Next reads n bytes, or all if there are fewer. The slice is valid until the next call that changes b.
func (b *Buffer) Next(n int) []byte {
	b.check()
	b.last = opInvalid
	n = min(n, len(b.buf)-b.off)
	data := b.buf[b.off : b.off+n]
	b.off += n
	if n > 0 {
		b.last = opRead
	}
	return data
}

// ReadByte reads a byte. At the end it returns io.EOF.
func (b *Buffer) ReadByte() (byte, error) {
	b.check()
	if b.off >= len(b.buf) {
		b.Reset()
		return 0, io.EOF
	}
	c := b.buf[b.off]
	b.off++
	b.last = opRead
	return c, nil
}

// ReadRune reads a rune in UTF-8. For an invalid encoding it reads one byte and returns U+FFFD and 1. At the end it
// returns io.EOF.
func (b *Buffer) ReadRune() (r rune, size int, err error) {
	b.check()
	if b.off >= len(b.buf) {
		b.Reset()
		return 0, 0, io.EOF
	}
	r, size = utf8.DecodeRune(b.buf[b.off:])
	b.off += size
	b.last = readOp(size)
	return r, size, nil
}

// UnreadRune makes the last rune that was read unread again. It returns an error if the last call on b was not a
// ReadRune, or read nothing.
func (b *Buffer) UnreadRune() error {
	b.check()
	if b.last <= opNone {
		return errUnreadRune
	}
	if b.off >= int(b.last) {
		b.off -= int(b.last)
	}
	b.last = opInvalid
	return nil
}

// UnreadByte makes the last byte that was read unread again. It returns an error if the last call on b was not a
// read, or read nothing.
func (b *Buffer) UnreadByte() error {
	b.check()
	if b.last == opInvalid {
		return errUnreadByte
	}
	b.last = opInvalid
	if b.off > 0 {
		b.off--
	}
	return nil
}

// ReadBytes reads up to and including the first delim and returns a copy. If there is no delim it returns all
// bytes and io.EOF.
func (b *Buffer) ReadBytes(delim byte) ([]byte, error) {
	line, err := b.line(delim)
	return append([]byte(nil), line...), err
}

// ReadString reads up to and including the first delim. If there is no delim it returns all bytes and io.EOF.
func (b *Buffer) ReadString(delim byte) (string, error) {
	line, err := b.line(delim)
	return string(line), err
}

func (b *Buffer) line(delim byte) (line []byte, err error) {
	b.check()
	end := len(b.buf)
	if i := bytes.IndexByte(b.buf[b.off:], delim); i >= 0 {
		end = b.off + i + 1
	} else {
		err = io.EOF
	}
	line = b.buf[b.off:end]
	b.off = end
	b.last = opRead
	return line, err
}
