package syncpool_test

import (
	"bytes"
	"fmt"

	"github.com/plungepool/plunge/pool/syncpool"
)

func ExamplePool() {
	buffers := syncpool.Pool{New: func() any { return new(bytes.Buffer) }}

	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	b.WriteString("hello")
	fmt.Println(b)
	buffers.Put(b)
	// Output: hello
}
