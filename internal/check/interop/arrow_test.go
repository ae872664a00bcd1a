package interop

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/plungepool/plunge/buffers"
)

var _ memory.Allocator = (*buffers.ArrowPool)(nil)

// row is what a row of the record is built from. If null is set all columns are null.
type row struct {
	null bool
	id   int64
	flag bool
	name string
	list []float64
}

var schema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "flag", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	{Name: "name", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "list", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64), Nullable: true},
}, nil)

func randomRows(rnd *rand.Rand) []row {
	rows := make([]row, rnd.IntN(3000))
	for i := range rows {
		r := &rows[i]
		if r.null = rnd.IntN(5) == 0; r.null {
			continue
		}
		r.id, r.flag, r.name = rnd.Int64(), rnd.IntN(2) > 0, string(body(rnd, 100))
		for range rnd.IntN(6) {
			r.list = append(r.list, rnd.Float64())
		}
	}
	return rows
}

// build appends row after row without reserving, so that every buffer grows by
// Reallocate many times.
func build(a memory.Allocator, rows []row) arrow.RecordBatch {
	b := array.NewRecordBuilder(a, schema)
	defer b.Release()
	list := b.Field(3).(*array.ListBuilder)
	for _, r := range rows {
		if r.null {
			for _, f := range b.Fields() {
				f.AppendNull()
			}
			continue
		}
		b.Field(0).(*array.Int64Builder).Append(r.id)
		b.Field(1).(*array.BooleanBuilder).Append(r.flag)
		b.Field(2).(*array.StringBuilder).Append(r.name)
		list.Append(true)
		for _, v := range r.list {
			list.ValueBuilder().(*array.Float64Builder).Append(v)
		}
	}
	return b.NewRecordBatch()
}

// compare tells whether the record has the rows.
func compare(rec arrow.RecordBatch, rows []row) error {
	if got, want := rec.NumRows(), int64(len(rows)); got != want {
		return fmt.Errorf("got %d rows, want %d", got, want)
	}
	list := rec.Column(3).(*array.List)
	values := list.ListValues().(*array.Float64)
	for i, want := range rows {
		for c := range rec.Columns() {
			if got := rec.Column(c).IsNull(i); got != want.null {
				return fmt.Errorf("row %d, column %d: got null %t, want %t", i, c, got, want.null)
			}
		}
		if want.null {
			continue
		}
		got := row{
			id:   rec.Column(0).(*array.Int64).Value(i),
			flag: rec.Column(1).(*array.Boolean).Value(i),
			name: rec.Column(2).(*array.String).Value(i),
		}
		lo, hi := list.ValueOffsets(i)
		for k := lo; k < hi; k++ {
			got.list = append(got.list, values.Value(int(k)))
		}
		if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
			return fmt.Errorf("row %d: got %s, want %s", i, g, w)
		}
	}
	return nil
}

// reread writes the record as a stream and compares what comes out of that.
func reread(a memory.Allocator, rec arrow.RecordBatch, rows []row) error {
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(schema), ipc.WithAllocator(a), ipc.WithLZ4())
	if err := w.Write(rec); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	r, err := ipc.NewReader(&b, ipc.WithAllocator(a))
	if err != nil {
		return err
	}
	defer r.Release()
	if !r.Next() {
		return fmt.Errorf("read: got %v, want a record", r.Err())
	}
	return compare(r.RecordBatch(), rows)
}

// strict checks what arrow's builders would not notice: alignment, and that memory is zero.
type strict struct {
	memory.Allocator
	t *testing.T
}

func (s strict) Allocate(size int) []byte { return s.check(0, s.Allocator.Allocate(size)) }

func (s strict) Reallocate(size int, b []byte) []byte {
	have := len(b)
	return s.check(have, s.Allocator.Reallocate(size, b))
}

func (s strict) check(from int, b []byte) []byte {
	if at := uintptr(unsafe.Pointer(unsafe.SliceData(b))); at%64 != 0 {
		s.t.Errorf("got memory at %#x, want a multiple of 64", at)
	}
	if rest := b[min(from, len(b)):]; bytes.Count(rest, []byte{0}) != len(rest) {
		s.t.Errorf("got bytes that are not zero in %d of them, from %d", len(b), from)
	}
	return b
}

func TestArrow(t *testing.T) {
	for name, o := range map[string]buffers.Options{
		"default":   {},
		"unaligned": {Sizes: []int{8, 64, 100, 1000, 5000, 70000}},
	} {
		t.Run(name, func(t *testing.T) {
			p := buffers.Must(buffers.New(o))
			soil(p)
			a := memory.NewCheckedAllocator(strict{p.Arrow(), t})
			n := times(100)
			parallel(t, n, func(_ int, rnd *rand.Rand) error {
				rows := randomRows(rnd)
				rec := build(a, rows)
				defer rec.Release()
				if err := compare(rec, rows); err != nil {
					return err
				}
				return reread(a, rec, rows)
			})
			a.AssertSize(t, 0)
			settled(t, p, n)
		})
	}
}
