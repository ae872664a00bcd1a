package work

import (
	jsonenc "encoding/json"
	"strings"
)

// jsonState is an encoder with the buffer that it writes to.
type jsonState struct {
	b strings.Builder
	e *jsonenc.Encoder
}

// jsonEncoder resembles an API that answers in JSON. The encoder's buffer has grown to the size of the answers. The
// buffer of a new encoder must grow again.
func jsonEncoder() []Case {
	answer := map[string]any{"id": 42, "name": "Ada", "tags": []string{"admin", "core"}, "text": strings.Repeat("lorem ipsum ", 40)}
	create := func() *jsonState {
		s := new(jsonState)
		s.e = jsonenc.NewEncoder(&s.b)
		return s
	}
	encode := func(s *jsonState) { _ = s.e.Encode(answer) } // writes to memory, and cannot fail
	return []Case{expensive("json", "encode an answer of half a kilobyte with a kept encoder", "an API that answers in JSON",
		64, create, func(s *jsonState) { s.b.Reset() }, encode)}
}
