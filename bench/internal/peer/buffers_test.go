package peer

import (
	"bytes"
	"testing"
)

// TestBuffers shows, by the statistics of plunge, that the loops do as much as they return. No loop of plunge
// allocates once it is warm.
func TestBuffers(t *testing.T) {
	var sizes [Sizes]int
	for i := range sizes {
		sizes[i] = 1 + i*17%5000
	}
	loops := map[string]func(p Buffers) int{
		"One":   func(p Buffers) int { return p.One(10, FixedSize) },
		"Mixed": func(p Buffers) int { return p.Mixed(10, Sizes-3, &sizes) },
		"Held":  func(p Buffers) int { return p.Held(10, FixedSize) },
	}
	want := map[string]int{"One": 10, "Mixed": 10, "Held": HeldBuffers}
	for _, entries := range [][]Entry[Buffers]{Sized(), Fixeds()} {
		for _, e := range entries {
			for name, loop := range loops {
				p := e.New(Options{})
				if got := loop(p); got != want[name] {
					t.Errorf("%s of %s: got %d operations, want %d", name, e.Name, got, want[name])
				}
				var acquired, released uint64
				switch a := p.(type) {
				case plungeBuffers:
					for _, tier := range a.p.Stats().Tiers {
						acquired += tier.Pool.Acquired
						released += tier.Pool.Released
					}
				case plungeFixed:
					s := a.p.Stats()
					acquired, released = s.Acquired, s.Released
				default:
					continue
				}
				if n := uint64(want[name]); acquired != n || released != n {
					t.Errorf("%s of %s: %d acquired and %d released, want %d", name, e.Name, acquired, released, n)
				}
				if got := testing.AllocsPerRun(100, func() { loop(p) }); got > 0 {
					t.Errorf("%s of %s: %v allocations", name, e.Name, got)
				}
			}
		}
	}
}

// TestGet shows that every pool returns the length asked for, whatever was asked for before.
func TestGet(t *testing.T) {
	for _, e := range Sized() {
		a := e.New(Options{})
		for _, n := range []int{1, 255, 256, 257, 4096, 65536, 3} {
			var b []byte
			switch a := a.(type) {
			case interface{ get(n int) []byte }:
				b = a.get(n)
			case interface{ get(n int) *[]byte }:
				b = *a.get(n)
			default:
				t.Fatalf("%s has no get", e.Name)
			}
			if len(b) != n {
				t.Errorf("%s: got %d bytes, want %d", e.Name, len(b), n)
			}
		}
	}
}

// TestLog shows that a buffer of every pool has exactly the whole line, also when it is reused.
func TestLog(t *testing.T) {
	want := bytes.Join(line[:], nil)
	if len(line) != 8 || len(want) != LineLen() {
		t.Errorf("the line has %d pieces and %d bytes, LineLen says %d", len(line), len(want), LineLen())
	}
	written := map[string]func(l Log) []byte{
		"plunge":         func(l Log) []byte { return writeLine(l.(plungeLog)) },
		"bytebufferpool": func(l Log) []byte { return writeLine(l.(byteBufferPool)) },
		"sync.Pool":      func(l Log) []byte { return writeLine(l.(syncPoolLog)) },
		"make":           func(l Log) []byte { return writeLine(l.(makeLog)) },
	}
	for _, e := range Logs() {
		l := e.New(Options{})
		if got := l.Lines(10); got != 10*len(want) {
			t.Errorf("%s: got %d bytes of ten lines, want %d", e.Name, got, 10*len(want))
		}
		if got := written[e.Name](l); !bytes.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", e.Name, got, want)
		}
	}
	l := newPlungeLog(Options{})
	l.Lines(1)
	if got := testing.AllocsPerRun(100, func() { l.Lines(10) }); got > 0 {
		t.Errorf("plunge: %v allocations in ten lines", got)
	}
}

// writer is what the buffers of logs have in common.
type writer interface {
	Write(p []byte) (int, error)
	Bytes() []byte
}

// writeLine writes the line once and returns what the buffer has.
func writeLine[W writer](a interface {
	get() W
	put(W)
},
) []byte {
	w := a.get()
	defer a.put(w)
	for _, piece := range line {
		_, _ = w.Write(piece)
	}
	return bytes.Clone(w.Bytes())
}
