package trace_test

import (
	"bytes"
	"fmt"

	"github.com/plungepool/plunge/bench/trace"
	"github.com/plungepool/plunge/pool"
)

// A Recorder takes the place of the program's pool. It writes its trace to a file for make tune TRACE=file.
func ExampleRecorder() {
	buffers := pool.Must(pool.New(pool.Options[*bytes.Buffer]{
		New: func() *bytes.Buffer { return new(bytes.Buffer) },
	}))
	r := trace.Record(buffers)
	const worker = 1
	b := r.Acquire(worker)
	r.Release(worker, b)

	var file bytes.Buffer
	if err := r.Trace().Write(&file); err != nil {
		fmt.Println(err)
	}
	t, err := trace.Read(&file)
	fmt.Println(t.Acquired(), len(t.Goroutines[0]), err)
	// Output: 1 2 <nil>
}
