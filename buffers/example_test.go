package buffers_test

import (
	"fmt"
	"os"

	"github.com/plungepool/plunge/buffers"
)

func ExamplePool() {
	p := buffers.Must(buffers.New(buffers.Options{MaxRetainedBytes: 32 << 20}))
	defer p.Close()

	b := p.Acquire(1000)
	n := copy(b, "hello")
	fmt.Printf("%s, len %d, cap %d\n", b[:n], len(b), cap(b))
	p.Release(b)

	// Output: hello, len 1000, cap 1024
}

func ExamplePool_Grow() {
	p := buffers.Default()
	b := p.Acquire(0)
	for i := range 300 {
		b = p.Grow(b, 4)
		b = fmt.Appendf(b, "%03d ", i)
	}
	fmt.Println(len(b), cap(b))
	p.Release(b)
	// Output: 1200 2048
}

func ExampleFixed() {
	p, err := buffers.NewFixed(4096, 100)
	if err != nil {
		panic(err)
	}
	b := p.Acquire()
	fmt.Println(len(b), cap(b), p.Size())
	p.Release(b)
	// Output: 4096 4096 4096
}

func ExampleLease() {
	l := buffers.Default().Borrow(5)
	defer l.Release()
	copy(l.Bytes(), "hello")
	fmt.Printf("%s\n", l.Bytes())
	// Output: hello
}

func ExampleBuffer() {
	b := buffers.Default().NewBuffer(512)
	defer b.Release()
	fmt.Fprintf(b, "level=%s ", "info")
	b.WriteString("msg=\"hello\"\n")
	b.WriteTo(os.Stdout)
	// Output: level=info msg="hello"
}

func ExampleOptions_sizes() {
	p, err := buffers.New(buffers.Options{Sizes: []int{600, 1500, 9000}})
	if err != nil {
		panic(err)
	}
	b := p.Acquire(700)
	fmt.Println(cap(b))
	p.Release(b)
	_, err = buffers.New(buffers.Options{Sizes: []int{600, 600}})
	fmt.Println(err)
	// Output:
	// 1500
	// buffers: bad options: Sizes[1] is 600; use more than the size before, which is 600
}

func ExampleStats() {
	p := buffers.Must(buffers.New(buffers.Options{}))
	for range 100 {
		p.Release(p.Acquire(1100))
	}
	s := p.Stats()
	fmt.Println("requested", s.RequestedBytes, "granted", s.GrantedBytes)
	fmt.Println("tiers for a tenth of waste:", s.SuggestTiers(0.1))
	for _, t := range s.Tiers {
		if t.RequestedBytes > 0 {
			fmt.Println(t.Size, t.Pool.Acquired, t.RequestedBytes)
		}
	}
	// Output:
	// requested 110000 granted 204800
	// tiers for a tenth of waste: [1152]
	// 2048 100 110000
}

func ExampleGRPCPool() {
	// grpc.NewServer(experimental.BufferPool(…))
	g := buffers.Default().GRPC()
	b := g.Get(1000)
	fmt.Println(len(*b), cap(*b))
	g.Put(b)
	// Output: 1000 1024
}

func ExampleArrowPool() {
	// array.NewInt64Builder(…)
	a := buffers.Default().Arrow()
	b := a.Allocate(64)
	b = a.Reallocate(1000, b)
	fmt.Println(len(b))
	a.Free(b)
	// Output: 1000
}

func ExampleAnyPool() {
	f, err := buffers.NewFixed(4096, 100)
	if err != nil {
		panic(err)
	}
	// upgrader := websocket.Upgrader{WriteBufferPool: …}
	a := f.Any()
	fmt.Println(a.Get())
	a.Put("a value of the connection's")
	fmt.Println(a.Get())
	// Output:
	// <nil>
	// a value of the connection's
}
