package pool_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"unicode/utf8"

	"github.com/plungepool/plunge/pool"
)

func Example() {
	buffers := pool.Must(pool.NewTyped(func() *bytes.Buffer { return new(bytes.Buffer) }, 0))

	lease := buffers.Borrow()
	defer lease.Release() // resets the buffer by its Reset method
	fmt.Fprintf(lease.Value(), "hello")
	fmt.Println(lease.Value())
	// Output: hello
}

func ExamplePool() {
	buffers := pool.Must(pool.New(pool.Options[*bytes.Buffer]{
		New:    func() *bytes.Buffer { return new(bytes.Buffer) },
		Reset:  func(b *bytes.Buffer) { b.Reset() },
		Retain: func(b *bytes.Buffer) bool { return b.Cap() <= 64<<10 },
	}))

	b := buffers.Acquire()
	defer buffers.Release(b)
	fmt.Fprintf(b, "hello, %s", "gopher")
	fmt.Println(b)
	// Output: hello, gopher
}

// matcher stands for an object that is expensive to create, has memory outside of Go's heap, and depends on a
// configuration.
type matcher struct{ version int }

func (m *matcher) Close() { fmt.Println("closed a matcher of version", m.version) }

func ExampleOptions() {
	var version atomic.Int64 // of the rules
	version.Store(1)
	matchers := pool.Must(pool.New(pool.Options[*matcher]{
		New:      func() *matcher { return &matcher{int(version.Load())} },
		Validate: func(m *matcher) bool { return m.version == int(version.Load()) },
		Destroy:  (*matcher).Close,
		MaxIdle:  10,
		Name:     "matchers",
	}))
	defer matchers.Close()

	m := matchers.Acquire()
	matchers.Release(m)
	version.Store(2) // while it is idle

	m = matchers.Acquire()
	fmt.Println("acquired version", m.version)
	matchers.Release(m)
	// Output:
	// closed a matcher of version 1
	// acquired version 2
	// closed a matcher of version 2
}

func ExampleNew() {
	_, err := pool.New(pool.Options[[]byte]{
		New:     func() []byte { return make([]byte, 4096) },
		MaxIdle: -1,
	})
	fmt.Println(errors.Is(err, pool.ErrOptions))
	fmt.Println(err)
	// Output:
	// true
	// pool: bad options: MaxIdle is -1; use 0 for the default or a positive number
}

func ExampleNewTyped() {
	buffers, err := pool.NewTyped(func() *bytes.Buffer { return new(bytes.Buffer) }, 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	b := buffers.Acquire()
	b.WriteString("secret")
	buffers.Release(b) // calls b.Reset

	b = buffers.Acquire()
	defer buffers.Release(b)
	fmt.Println(b.Len(), buffers.Cap())
	// Output: 0 100
}

// numbers is a pool in a package-level variable.
var numbers = pool.Must(pool.New(pool.Options[*[]int]{
	New:   func() *[]int { return new([]int) },
	Reset: func(s *[]int) { *s = (*s)[:0] },
}))

func ExampleMust() {
	s := numbers.Acquire()
	defer numbers.Release(s)
	*s = append(*s, 1, 2, 3)
	fmt.Println(*s)
	// Output: [1 2 3]
}

// matrix resets itself.
type matrix struct{ cells [4]float64 }

func (m *matrix) Reset() { clear(m.cells[:]) }

func ExampleResetter() {
	var _ pool.Resetter = (*matrix)(nil)

	// No Options.Reset: Release calls the object's own.
	p := pool.Must(pool.New(pool.Options[*matrix]{New: func() *matrix { return new(matrix) }}))
	m := p.Acquire()
	m.cells[3] = 1
	p.Release(m)

	m = p.Acquire() // maybe the same object, maybe another
	defer p.Release(m)
	fmt.Println(m.cells)
	// Output: [0 0 0 0]
}

func ExampleLease() {
	p := pool.Must(pool.NewTyped(func() *bytes.Buffer { return new(bytes.Buffer) }, 10))

	greet := func(name string) string {
		l := p.Borrow()
		defer l.Release()
		l.Value().WriteString("hello, ")
		l.Value().WriteString(name)
		return l.Value().String()
	}
	fmt.Println(greet("Ada"))
	fmt.Println(greet("Grace"))
	// Output:
	// hello, Ada
	// hello, Grace
}

func ExampleLease_Discard() {
	p := pool.Must(pool.New(pool.Options[*matcher]{
		New:     func() *matcher { return &matcher{version: 1} },
		Destroy: (*matcher).Close,
	}))

	match := func(m *matcher, text string) error {
		if !utf8.ValidString(text) {
			return errors.New("not UTF-8")
		}
		return nil
	}
	ask := func(text string) error {
		l := p.Borrow()
		defer l.Release() // does nothing once discarded
		err := match(l.Value(), text)
		if err != nil {
			l.Discard() // its state is not known now
		}
		return err
	}
	fmt.Println(ask("hello"))
	fmt.Println(ask("\xff"))
	fmt.Println(p.Stats().Discarded.Broken, "broken")
	// Output:
	// <nil>
	// closed a matcher of version 1
	// not UTF-8
	// 1 broken
}

func ExamplePool_Lend() {
	p := pool.Must(pool.NewTyped(func() *bytes.Buffer { return new(bytes.Buffer) }, 10))

	b := p.Acquire()
	b.WriteString("filled before it is lent")
	l := p.Lend(b)
	defer l.Release()
	fmt.Println(l.Value())
	// Output: filled before it is lent
}

func ExamplePool_Do() {
	p := pool.Must(pool.NewTyped(func() *bytes.Buffer { return new(bytes.Buffer) }, 10))

	err := p.Do(func(b *bytes.Buffer) error {
		_, err := fmt.Fprint(b, 1, 2, 3)
		fmt.Println(b)
		return err
	})
	fmt.Println(err, p.Stats().InUse)
	// Output:
	// 1 2 3
	// <nil> 0
}

func ExamplePool_AcquireN() {
	p := pool.Must(pool.New(pool.Options[*[512]byte]{New: func() *[512]byte { return new([512]byte) }}))

	packets := make([]*[512]byte, 16)
	p.AcquireN(packets)
	for i, packet := range packets {
		packet[0] = byte(i)
	}
	fmt.Println(packets[15][0], p.Stats().InUse)
	p.ReleaseN(packets)
	fmt.Println(p.Stats().InUse)
	// Output:
	// 15 16
	// 0
}

func ExampleOf() {
	p := pool.Of(func() *bytes.Buffer { return new(bytes.Buffer) })

	b := p.Acquire()
	defer p.Release(b)
	fmt.Fprint(b, "one line makes a pool")
	fmt.Println(b)
	// Output: one line makes a pool
}

// A pool that is a field needs no constructor. Without New the caller creates the objects, for example because that
// takes an argument.
func ExamplePool_zero() {
	var encoder struct {
		buffers pool.Pool[*bytes.Buffer]
	}
	encode := func(v any, size int) string {
		b := encoder.buffers.Acquire()
		if b == nil {
			b = bytes.NewBuffer(make([]byte, 0, size))
		}
		defer encoder.buffers.Release(b) // resets it
		fmt.Fprint(b, v)
		return b.String()
	}
	fmt.Println(encode("hello", 100), encode("world", 100))
	fmt.Println(encoder.buffers.Stats().Created)
	// Output:
	// hello world
	// 1
}

func ExamplePool_Init() {
	var server struct {
		conns pool.Pool[*bytes.Buffer]
	}
	err := server.conns.Init(pool.Options[*bytes.Buffer]{MaxIdle: 10, Name: "conns"})
	fmt.Println(err, server.conns.Cap())
	err = server.conns.Init(pool.Options[*bytes.Buffer]{MaxIdle: 20})
	fmt.Println(err)
	// Output:
	// <nil> 10
	// pool: bad options: Init of a Pool that was used or initialized before; call it once, before any other use
}
