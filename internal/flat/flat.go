// Package flat has statistics in their flat form: names with values, in order.
package flat

import "log/slog"

// Field is one entry.
type Field struct {
	Name  string
	Value any
}

// Fields are all entries.
type Fields []Field

// New returns the fields of names and values in turn.
func New(pairs ...any) Fields {
	f := make(Fields, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		f = append(f, Field{pairs[i].(string), pairs[i+1]})
	}
	return f
}

// Map returns the entries as a map, for the Map methods of Stats.
func (f Fields) Map() map[string]any {
	m := make(map[string]any, len(f))
	for _, e := range f {
		m[e.Name] = e.Value
	}
	return m
}

// Attrs returns the entries for slog, in order.
func (f Fields) Attrs() []slog.Attr {
	attrs := make([]slog.Attr, len(f))
	for i, e := range f {
		attrs[i] = slog.Any(e.Name, e.Value)
	}
	return attrs
}

// LogValue implements slog.LogValuer with a group of the entries.
func (f Fields) LogValue() slog.Value { return slog.GroupValue(f.Attrs()...) }
