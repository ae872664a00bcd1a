// Command guard misuses a buffer in the way that its argument names. Built with
// -tags plunge_guard it crashes at the line that ends in that name.
package main

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/plungepool/plunge/buffers"
)

var (
	p    = buffers.Must(buffers.New(buffers.Options{}))
	sink byte
)

func released(n int) []byte {
	b := p.Acquire(n)
	for i := range b {
		b[i] = 1
	}
	p.Release(b) // the Release
	return b
}

func main() {
	for range 100 { // others, before
		p.Release(p.Acquire(1000))
	}
	name := os.Args[1]
	switch name {
	case "write":
		released(1000)[17] = 2 // write
	case "read":
		sink = released(100000)[17] // read
	case "copy":
		copy(make([]byte, 5000), released(5000)[17:]) // copy
	case "reused":
		b := released(1000)
		for range 1000 {
			c := p.Acquire(1000)
			defer p.Release(c)
		}
		b[17] = 2 // reused
	case "goroutine":
		b, done := released(1000), make(chan bool)
		go func() {
			defer func() { _ = recover() }() // to no avail
			b[17] = 2                        // goroutine
			done <- true
		}()
		<-done
	case "buffer":
		b := p.NewBuffer(0)
		_, _ = b.WriteString("twenty bytes or more")
		s := b.Bytes()
		b.Release() // the Release of a Buffer
		s[17] = 2   // buffer
	case "fixed":
		f, err := buffers.NewFixed(1000, 10)
		if err != nil {
			panic(err)
		}
		b := f.Acquire()
		f.Release(b) // the Release of a Fixed
		b[17] = 2    // fixed
	case "second":
		p.Release(released(1000)) // second
	case "overrun":
		b := p.Acquire(4096)
		sink = *(*byte)(unsafe.Add(unsafe.Pointer(&b[0]), 4096)) // overrun
	case "other":
		var none *int
		*none = 1 // other
	case "none":
		b := p.Acquire(1000)
		b[17] = 2
		p.Release(b[:0])
	}
	fmt.Printf("%s: ended, %+v\n", name, buffers.Guard())
}
