package work

import (
	"compress/gzip"
	"io"
	"strings"
)

// gzipText is what one operation compresses: half a kilobyte.
var gzipText = []byte(strings.Repeat("a small answer, compressed; ", 18))

// gzipWriter resembles compressed answers: a gzip.Writer is 800 KB and takes longer to
// make than to use.
func gzipWriter() []Case {
	create := func() *gzip.Writer { return gzip.NewWriter(io.Discard) }
	compress := func(z *gzip.Writer) {
		_, _ = z.Write(gzipText) // to a buffer, which does not fail
		_ = z.Close()
	}
	return []Case{expensive("gzip", "compress half a kilobyte with a gzip.Writer", "an HTTP middleware that compresses",
		64, create, func(z *gzip.Writer) { z.Reset(io.Discard) }, compress)}
}
