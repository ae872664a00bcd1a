package buffers_test

import (
	"bytes"
	"regexp"
	"runtime/pprof"
	"strconv"
	"testing"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
)

// takesBuffer is the function that the profile has on top.
//
//go:noinline
func takesBuffer(p *buffers.Pool, n int) []byte { return p.Acquire(n) }

// profiled returns how many buffers of takesBuffer the profile has.
func profiled(t *testing.T) (n int) {
	t.Helper()
	p := pprof.Lookup("plunge_held")
	if p == nil {
		return 0
	}
	var b bytes.Buffer
	if err := p.WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^(\d+) @ .*\n#\t\S+\t\S+\.takesBuffer\+`).FindAllStringSubmatch(b.String(), -1) {
		k, _ := strconv.Atoi(m[1])
		n += k
	}
	return n
}

// Buffers of all tiers are in the profile while they are out, if Options.SampleHeld or pool.SampleHeld says so. That
// includes tiers that were not in use before. What comes back is a prefix.
func TestSampleHeld(t *testing.T) {
	defer pool.SampleHeld(0)
	use := func(p *buffers.Pool, want int) {
		t.Helper()
		for range 3 {
			var all [][]byte
			for _, n := range []int{1, 100, 300, 5000, 1 << 16} {
				all = append(all, takesBuffer(p, n))
			}
			if got := profiled(t); got != want {
				t.Errorf("%d buffers in the profile, want %d", got, want)
			}
			for _, b := range all {
				p.Release(b[:0])
			}
			if got := profiled(t); got != 0 {
				t.Errorf("%d buffers in the profile after Release, want none", got)
			}
		}
	}
	use(buffers.Must(buffers.New(buffers.Options{SampleHeld: 1})), 5)
	p := buffers.Must(buffers.New(buffers.Options{Name: "sampled", NoCheck: true}))
	p.Release(p.Acquire(100))
	use(p, 0)
	pool.SampleHeld(1)
	use(p, 5)
	pool.SampleHeld(0)
	use(p, 0)
	if _, err := buffers.New(buffers.Options{SampleHeld: -1}); err == nil {
		t.Error("SampleHeld -1: no error")
	}
}
