package pool_test

import (
	"bytes"
	"errors"
	"fmt"
	"path"

	"github.com/plungepool/plunge/pool"
)

// function returns the name of the function that called the pool.
func function(s pool.Stack) string {
	return path.Ext(s.Frames()[0].Function)[1:]
}

func handle(p *pool.Pool[*bytes.Buffer]) {
	b := p.Acquire()
	defer p.Release(b)
	finish(p, b)
}

func finish(p *pool.Pool[*bytes.Buffer], b *bytes.Buffer) { p.Release(b) }

func ExampleMisuse() {
	p := pool.Must(pool.New(pool.Options[*bytes.Buffer]{
		New:   func() *bytes.Buffer { return new(bytes.Buffer) },
		Name:  "buffers",
		Check: true,
		OnMisuse: func(m pool.Misuse) {
			fmt.Println(m.Kind, "in", m.Pool)
			fmt.Println("first in", function(m.First))
			fmt.Println("again in", function(m.Second))
		},
	}))
	handle(p)
	fmt.Println(p.Len(), "idle")
	// Output:
	// double release in buffers
	// first in finish
	// again in handle
	// 1 idle
}

func ExampleMisuse_Error() {
	p := pool.Must(pool.New(pool.Options[*bytes.Buffer]{
		New:   func() *bytes.Buffer { return new(bytes.Buffer) },
		Check: true, // without OnMisuse: panic
	}))
	defer func() {
		var m pool.Misuse
		if err, ok := recover().(error); ok && errors.As(err, &m) {
			fmt.Println("recovered from a", m.Kind)
		}
	}()
	p.Release(new(bytes.Buffer))
	// Output: recovered from a foreign release
}

func ExampleMisuseKind() {
	for kind := pool.DoubleRelease; kind <= pool.UseAfterRelease; kind++ {
		fmt.Println(kind)
	}
	// Output:
	// double release
	// foreign release
	// still leased
	// leak
	// use after release
}

func ExampleStack() {
	p := pool.Must(pool.New(pool.Options[*bytes.Buffer]{
		New:   func() *bytes.Buffer { return new(bytes.Buffer) },
		Check: true,
	}))
	b := p.Acquire()
	f := p.Holders()[0].Acquired.Frames()[0] // who called Acquire
	fmt.Println(path.Base(f.Function), "in", path.Base(f.File))
	p.Release(b)
	// Output: pool_test.ExampleStack in example_check_test.go
}

func ExampleHolder() {
	p := pool.Must(pool.New(pool.Options[*bytes.Buffer]{
		New:   func() *bytes.Buffer { return new(bytes.Buffer) },
		Check: true,
	}))
	l := p.Borrow()
	for _, h := range p.Holders() {
		fmt.Println(function(h.Acquired), h.Garbage)
	}
	l.Release()
	fmt.Println(len(p.Holders()))
	// Output:
	// ExampleHolder false
	// 0
}
