package pool_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/plungepool/plunge/pool"
)

// A gzip.Writer takes 800 KB, and its Reset takes a good part of the time of a use. So there is no Reset hook: the
// user's call of Reset sets the destination as well.
var gzips = pool.Must(pool.New(pool.Options[*gzip.Writer]{
	New: func() *gzip.Writer { return gzip.NewWriter(nil) },
}))

func compress(dst io.Writer, data []byte) error {
	w := gzips.Acquire()
	defer gzips.Release(w)
	w.Reset(dst)
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Close()
}

func Example_gzip() {
	var b bytes.Buffer
	for _, text := range []string{"hello, ", "gopher"} {
		if err := compress(&b, []byte(text)); err != nil {
			fmt.Println(err)
			return
		}
	}
	r, err := gzip.NewReader(&b)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := io.ReadAll(r)
	fmt.Println(string(text), err)
	// Output: hello, gopher <nil>
}
