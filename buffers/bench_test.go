package buffers_test

import (
	"testing"

	"github.com/plungepool/plunge/buffers"
)

func newPool(t testing.TB, o buffers.Options) *buffers.Pool {
	t.Helper()
	p, err := buffers.New(o)
	if err != nil {
		t.Fatalf("New(%+v): got %v, want no error", o, err)
	}
	return p
}

func BenchmarkPair(b *testing.B) {
	p := newPool(b, buffers.Options{})
	b.ReportAllocs()
	for b.Loop() {
		p.Release(p.Acquire(4096))
	}
}
