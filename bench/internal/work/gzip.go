package work

import (
	"compress/gzip"
	"io"
	"strings"
)

// gzipText is what one operation compresses: half a kilobyte.
var gzipText = []byte(strings.Repeat("a small answer, compressed; ", 18))

// gzipWriter resembles compressed answers. A gzip.Writer takes 800 KB, and creating one takes longer than using it.
func gzipWriter() []Case {
	create := func() *gzip.Writer { return gzip.NewWriter(io.Discard) }
	compress := func(z *gzip.Writer) {
		_, _ = z.Write(gzipText) // writes to a buffer, and cannot fail
		_ = z.Close()
	}
	return []Case{expensive("gzip", "compress half a kilobyte with a gzip.Writer", "an HTTP middleware that compresses",
		64, create, func(z *gzip.Writer) { z.Reset(io.Discard) }, compress)}
}
