package buffers_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/plungepool/plunge/buffers"
)

// bufferLike is what a Buffer has in common with a bytes.Buffer.
type bufferLike interface {
	io.ReadWriter
	io.ByteScanner
	io.RuneScanner
	io.ByteWriter
	io.StringWriter
	io.ReaderFrom
	io.WriterTo
	fmt.Stringer
	Available() int
	AvailableBuffer() []byte
	Bytes() []byte
	Cap() int
	Grow(n int)
	Len() int
	Next(n int) []byte
	Peek(n int) ([]byte, error)
	ReadBytes(delim byte) ([]byte, error)
	ReadString(delim byte) (string, error)
	Reset()
	Truncate(n int)
	WriteRune(r rune) (int, error)
}

var (
	_ bufferLike    = (*bytes.Buffer)(nil)
	_ bufferLike    = (*buffers.Buffer)(nil)
	_ io.ReadCloser = (*buffers.Buffer)(nil)
)

// outcome is what a call returned, with errors by kind: ours have other texts.
func outcome(f func() []any) (s string) {
	defer func() {
		if v := recover(); v != nil {
			s = "panic"
			if err, ok := v.(error); ok && errors.Is(err, bytes.ErrTooLarge) {
				s = "panic: too large"
			}
		}
	}()
	for _, v := range f() {
		switch v := v.(type) {
		case error:
			switch {
			case errors.Is(v, io.EOF), errors.Is(v, io.ErrShortWrite), errors.Is(v, errOdd):
				s += v.Error() + " "
			default:
				s += "error "
			}
		case []byte:
			s += fmt.Sprintf("%q ", v)
		default:
			s += fmt.Sprintf("%#v ", v)
		}
	}
	return s
}

var errOdd = errors.New("odd")

// limited takes n bytes, or claims to have taken them, and returns err.
type limited struct {
	n   int
	err error
}

func (w limited) Write(p []byte) (int, error) { return w.n, w.err }

type badReader int

func (r badReader) Read([]byte) (int, error) { return int(r), nil }

func values(vs ...any) []any { return vs }

// calls are calls by name, of which TestBufferIsBytesBuffer makes histories.
var calls = []struct {
	name string
	do   func(b bufferLike, n int) []any
}{
	{"Write", func(b bufferLike, n int) []any { return values(b.Write(text[:n])) }},
	{"Write empty", func(b bufferLike, _ int) []any { return values(b.Write(nil)) }},
	{"WriteString", func(b bufferLike, n int) []any { return values(b.WriteString(string(text[n : 2*n]))) }},
	{"WriteByte", func(b bufferLike, n int) []any { return values(b.WriteByte(byte(n))) }},
	{"WriteRune", func(b bufferLike, n int) []any { return values(b.WriteRune(rune(n * n * n))) }},
	{"WriteRune bad", func(b bufferLike, _ int) []any { return values(b.WriteRune(-1)) }},
	{"Read", func(b bufferLike, n int) []any {
		p := make([]byte, n)
		k, err := b.Read(p)
		return values(k, p[:k], err)
	}},
	{"Read empty", func(b bufferLike, _ int) []any { return values(b.Read(nil)) }},
	{"ReadByte", func(b bufferLike, _ int) []any { return values(b.ReadByte()) }},
	{"ReadRune", func(b bufferLike, _ int) []any { return values(b.ReadRune()) }},
	{"UnreadByte", func(b bufferLike, _ int) []any { return values(b.UnreadByte()) }},
	{"UnreadRune", func(b bufferLike, _ int) []any { return values(b.UnreadRune()) }},
	{"Next", func(b bufferLike, n int) []any { return values(b.Next(n)) }},
	{"Peek", func(b bufferLike, n int) []any { return values(b.Peek(n)) }},
	{"ReadBytes", func(b bufferLike, n int) []any { return values(b.ReadBytes(byte(n))) }},
	{"ReadString", func(b bufferLike, _ int) []any { return values(b.ReadString('\n')) }},
	{"ReadFrom", func(b bufferLike, n int) []any { return values(b.ReadFrom(bytes.NewReader(text[:n*n]))) }},
	{"ReadFrom one byte", func(b bufferLike, n int) []any {
		return values(b.ReadFrom(iotest.OneByteReader(bytes.NewReader(text[:n]))))
	}},
	{"ReadFrom fails", func(b bufferLike, n int) []any {
		return values(b.ReadFrom(io.MultiReader(bytes.NewReader(text[:n]), iotest.ErrReader(errOdd))))
	}},
	{"ReadFrom negative", func(b bufferLike, _ int) []any { return values(b.ReadFrom(badReader(-1))) }},
	{"WriteTo", func(b bufferLike, _ int) []any {
		var w bytes.Buffer
		n, err := b.WriteTo(&w)
		return values(n, err, w.Bytes())
	}},
	{"WriteTo short", func(b bufferLike, _ int) []any { return values(b.WriteTo(limited{min(3, b.Len()), nil})) }},
	{"WriteTo fails", func(b bufferLike, _ int) []any { return values(b.WriteTo(limited{min(2, b.Len()), errOdd})) }},
	{"WriteTo too much", func(b bufferLike, _ int) []any { return values(b.WriteTo(limited{b.Len() + 1, nil})) }},
	{"Reset", func(b bufferLike, _ int) []any { b.Reset(); return nil }},
	{"Truncate", func(b bufferLike, n int) []any { b.Truncate(n); return nil }},
	{"Truncate to 0", func(b bufferLike, _ int) []any { b.Truncate(0); return nil }},
	{"Truncate negative", func(b bufferLike, _ int) []any { b.Truncate(-1); return nil }},
	{"Grow", func(b bufferLike, n int) []any { b.Grow(n * n); return values(b.Available() >= n*n) }},
	{"Grow negative", func(b bufferLike, _ int) []any { b.Grow(-1); return nil }},
	{"Grow too far", func(b bufferLike, _ int) []any {
		if bits.UintSize == 64 { // 2 GiB can be had, by an empty bytes.Buffer
			b.Grow(int(^uint(0) >> 1))
		}
		return nil
	}},
	{"AvailableBuffer", func(b bufferLike, n int) []any {
		p := append(b.AvailableBuffer(), text[:n]...)
		return values(b.Write(p))
	}},
	{"String", func(b bufferLike, _ int) []any { return values(b.String(), b.Len(), b.Cap() >= b.Len()) }},
}

var text = []byte(strings.Repeat("a line, with a \n and äöü €\t\x80\xff; ", 400))

// TestBufferIsBytesBuffer runs histories of calls on a Buffer and on a bytes.Buffer.
func TestBufferIsBytesBuffer(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	p := newPool(t, buffers.Options{MinSize: 32, MaxSize: 4096})
	seen := map[string]int{}
	for range 600 {
		b, model := p.NewBuffer(r.IntN(100)), new(bytes.Buffer)
		var history []string
		for range 60 {
			c := calls[r.IntN(len(calls))]
			n := r.IntN(70)
			if unread := strings.HasPrefix(c.name, "Unread"); unread && len(history) > 0 && !strings.HasPrefix(history[len(history)-1], "Read") {
				continue // see the next test: whether it is an error after Grow is no matter
			}
			history = append(history, fmt.Sprintf("%s %d", c.name, n))
			got := outcome(func() []any { return c.do(b, n) })
			want := outcome(func() []any { return c.do(model, n) })
			if got != want {
				t.Fatalf("%q: got %s, want %s", history, got, want)
			}
			if !bytes.Equal(b.Bytes(), model.Bytes()) || b.Len() != model.Len() {
				t.Fatalf("%q: got %q, want %q", history, b.Bytes(), model.Bytes())
			}
			seen[c.name]++
		}
		b.Release()
	}
	for _, c := range calls {
		if seen[c.name] == 0 {
			t.Errorf("%s: never called", c.name)
		}
	}
	conserved(t, p, 0)
}

// TestUnread: each call in between decides as in bytes.Buffer.
func TestUnread(t *testing.T) {
	p := newPool(t, buffers.Options{})
	for _, first := range calls {
		for _, then := range calls {
			for _, n := range []int{1, 5} {
				if strings.HasPrefix(then.name, "Grow") || strings.Contains(first.name+then.name, "too much") {
					continue // bytes.Buffer takes a read back that Grow has moved; and what WriteTo does when it panics
				}
				b, model := p.NewBuffer(64), new(bytes.Buffer)
				for _, x := range []bufferLike{b, model} {
					_, _ = x.Write(text[15:40])
				}
				run := func(x bufferLike) string {
					return outcome(func() []any { return first.do(x, n) }) + outcome(func() []any { return then.do(x, n) }) +
						outcome(func() []any { return values(x.UnreadByte(), x.UnreadRune(), x.String()) })
				}
				if got, want := run(b), run(model); got != want {
					t.Errorf("%s, %s, UnreadByte, UnreadRune: got %s, want %s", first.name, then.name, got, want)
				}
				b.Release()
			}
		}
	}
}

func TestBufferIotest(t *testing.T) {
	p := newPool(t, buffers.Options{MinSize: 32})
	b := p.NewBuffer(0)
	defer b.Release()
	content := text[:3000]
	_, _ = b.Write(content)
	if err := iotest.TestReader(b, content); err != nil {
		t.Error(err)
	}
	for name, r := range map[string]io.Reader{
		"data with EOF": iotest.DataErrReader(bytes.NewReader(text)),
		"half":          iotest.HalfReader(bytes.NewReader(text)),
	} {
		b.Reset()
		if n, err := b.ReadFrom(r); n != int64(len(text)) || err != nil || !bytes.Equal(b.Bytes(), text) {
			t.Errorf("ReadFrom, %s: got %d, %v, want %d, nil", name, n, err, len(text))
		}
	}
	if n, err := b.ReadFrom(iotest.TimeoutReader(bytes.NewReader(text))); !errors.Is(err, iotest.ErrTimeout) || n == 0 {
		t.Errorf("ReadFrom of a reader that times out: got %d, %v", n, err)
	}
}

// liar is a reader that claims a length.
type liar struct{ io.Reader }

func (liar) Len() int    { return 1 << 30 }
func (liar) Size() int64 { return 1 << 40 }

func TestReadFromTrustsNoLength(t *testing.T) {
	p := newPool(t, buffers.Options{})
	b := p.NewBuffer(0)
	defer b.Release()
	if _, err := b.ReadFrom(liar{strings.NewReader("short")}); err != nil || b.Cap() > 2048 {
		t.Errorf("ReadFrom of 5 bytes that claim 2^30: got %v, Cap %d, want nil, at most 2048", err, b.Cap())
	}
}

func TestBufferRelease(t *testing.T) {
	p := newPool(t, buffers.Options{})
	b := p.NewBuffer(10)
	_, _ = b.WriteString("hello")
	b.Release()
	b.Release()
	if err := b.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	conserved(t, p, 0)
	for _, c := range calls {
		if c.name == "Grow too far" && bits.UintSize == 32 {
			continue
		}
		if !panics(func() { c.do(b, 1) }) || !panics(func() { c.do(new(buffers.Buffer), 1) }) {
			t.Errorf("%s after Release, or of a zero Buffer: no panic", c.name)
		}
	}
	b.Init(p, 3)
	if _, err := b.WriteString("again"); err != nil || b.String() != "again" {
		t.Errorf("after Init: got %q, %v", b.String(), err)
	}
	if !panics(func() { b.Init(p, 3) }) {
		t.Error("Init of a Buffer in use: no panic")
	}
	if !panics(func() { p.NewBuffer(-1) }) {
		t.Error("NewBuffer(-1): no panic")
	}
	var none *buffers.Buffer
	if got := none.String(); got != "<nil>" {
		t.Errorf("String of nil: got %q, want <nil>", got)
	}
}

// TestBufferWritesItself appends a Buffer's own contents. The memory that they came from goes back to the pool, which
// clears it, only after the copy.
func TestBufferWritesItself(t *testing.T) {
	p := buffers.Must(buffers.New(buffers.Options{MinSize: 64, MaxSize: 4096, Zero: true}))
	defer p.Close()
	b := p.NewBuffer(64)
	defer b.Release()
	b.WriteString(strings.Repeat("x", 64))
	for range 4 {
		b.Write(b.Bytes())
	}
	if want := strings.Repeat("x", 64<<4); b.String() != want {
		t.Errorf("got %q, want %d times x", b.String(), len(want))
	}
}
