package peer

const (
	// Sizes is the length of a table of lengths, a power of two.
	Sizes = 4096

	// HeldBuffers is how many buffers Held has at a time.
	HeldBuffers = 32

	// FixedSize is the size of the pools of one size.
	FixedSize = 4096

	// lineRoom is the capacity that log lines start with, if the peer lets it be chosen.
	lineRoom = 256
)

// Buffers is a pool of byte slices under test, used as its package recommends. Each method is a loop like those of
// [Pool]. It writes the first and the last byte of each buffer. The contents are arbitrary, except for peers that
// clear buffers by default, which are grpc's and make.
type Buffers interface {
	// One acquires and releases a buffer of a length, n times.
	One(n, size int) int

	// Mixed acquires and releases n buffers of the lengths in sizes. It begins at from, and goes on at the start
	// after the end.
	Mixed(n, from int, sizes *[Sizes]int) int

	// Held acquires HeldBuffers buffers of a length, then releases them, until it has acquired n.
	Held(n, size int) int

	// Lost acquires a buffer of a length and forgets it, n times.
	Lost(n, size int) int
}

// Log is a pool of growable buffers under test.
type Log interface {
	// Lines does this n times: it writes the line into a buffer by eight writes, looks at the contents, and
	// releases the buffer. It returns the bytes written.
	Lines(n int) int
}

// line is a line of a log, in the pieces in which it is written.
var line = [...][]byte{
	[]byte("2026-11-26T12:04:12.123456Z"), []byte(" INFO "), []byte("request served"), []byte(" method=GET"),
	[]byte(" path=/v1/items/42"), []byte(" status=200"), []byte(" bytes=5120 took=1.25ms"), []byte("\n"),
}

// LineLen is the length of the line.
func LineLen() (n int) {
	for _, piece := range line {
		n += len(piece)
	}
	return n
}

// appended is a slice with a Write method: what programs pool that use no library's type.
type appended []byte

// Write appends p.
func (b *appended) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// Bytes returns the contents.
func (b *appended) Bytes() []byte { return *b }
