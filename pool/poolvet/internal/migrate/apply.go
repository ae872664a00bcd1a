package migrate

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"slices"
)

// edit replaces the bytes of a file from start to end.
type edit struct {
	start, end int
	text       string
}

// inOrder returns the edits in the order of the text, each once.
func inOrder(edits []edit) []edit {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.text, b.text))
	})
	return slices.Compact(edits)
}

// apply returns src with the edits made. If src is formatted by gofmt, so is the result. Otherwise only the edits
// are made.
func apply(src []byte, edits []edit) ([]byte, error) {
	var out bytes.Buffer
	at := 0
	for _, e := range inOrder(edits) {
		if e.start < at || e.end > len(src) {
			return nil, fmt.Errorf("edits overlap at offset %d", e.start)
		}
		out.Write(src[at:e.start])
		out.WriteString(e.text)
		at = e.end
	}
	out.Write(src[at:])

	if old, err := format.Source(src); err != nil || !bytes.Equal(old, src) {
		return out.Bytes(), nil
	}
	formatted, err := format.Source(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("the rewritten file does not parse: %w", err)
	}
	return formatted, nil
}
