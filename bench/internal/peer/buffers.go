package peer

const (
	// Sizes is the length of a table of lengths, a power of two.
	Sizes = 4096

	// HeldBuffers is how many buffers Held has at a time.
	HeldBuffers = 32

	// FixedSize is the size of the pools of one size.
	FixedSize = 4096

	// lineRoom is the capacity that log lines start with, where it can be given.
	lineRoom = 256
)

// Buffers is a pool of byte slices under test, as its package recommends to use it. Each
// method is a loop as those of [Pool] are; it writes the first and the last byte of each
// buffer, whose contents are arbitrary unless the peer clears them by default, as
// grpc's and make do.
type Buffers interface {
	// One acquires and releases a buffer of a length, n times.
	One(n, size int) int

	// Mixed acquires and releases buffers of the lengths in sizes, from a place on and
	// from the start again, n times.
	Mixed(n, from int, sizes *[Sizes]int) int

	// Held takes HeldBuffers buffers of a length, then gives them back, until it has
	// taken n.
	Held(n, size int) int

	// Lost acquires a buffer of a length and forgets it, n times.
	Lost(n, size int) int
}

// Log is a pool of growable buffers under test.
type Log interface {
	// Lines writes the line into a buffer by eight writes, looks at the contents and
	// releases it, n times, and returns the bytes written.
	Lines(n int) int
}

// line is a line of a log in the pieces that it is written by.
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

// appended is a slice that is written to: what one pools where no type of a library is
// wanted.
type appended []byte

// Write appends p.
func (b *appended) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// Bytes returns the contents.
func (b *appended) Bytes() []byte { return *b }
