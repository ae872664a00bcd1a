package pooltest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/pooltest"
)

// printer stands for a test's *testing.T.
type printer struct{ testing.TB }

func (printer) Helper() {}

func (printer) Errorf(format string, args ...any) {
	first, _, _ := strings.Cut(fmt.Sprintf(format, args...), "\n")
	fmt.Println(first)
}

func ExampleAssertNoLeaks() {
	t := printer{} // in a test it is there
	p := pool.Must(pool.New(pool.Options[*strings.Builder]{
		New:   func() *strings.Builder { return new(strings.Builder) },
		Name:  "builders",
		Check: true,
	}))

	b := p.Acquire() // and no Release
	pooltest.AssertNoLeaks(t, p)
	b.Reset()
	// Output: pool "builders": an object is in use; it was acquired here:
}

func ExamplePool() {
	t := printer{}
	ints := pool.Must(pool.New(pool.Options[int]{New: func() int { return 0 }}))
	maps := pool.Maps[string, *printer](10)
	for _, p := range []pooltest.Pool{ints, maps} {
		pooltest.AssertNoLeaks(t, p)
	}
	fmt.Println("none in use")
	// Output: none in use
}

func ExampleDeterministic() {
	n := 0
	p := pool.Must(pool.New(pooltest.Deterministic(pool.Options[*int]{
		New: func() *int { n++; v := n; return &v },
	})))
	a, b, c := p.Acquire(), p.Acquire(), p.Acquire()
	done := make(chan struct{})
	go func() { // on whatever P
		p.Release(b)
		p.Release(a)
		p.Release(c)
		close(done)
	}()
	<-done
	fmt.Println(*p.Acquire(), *p.Acquire(), *p.Acquire(), *p.Acquire())
	// Output: 3 1 2 4
}
