package shard

import (
	"fmt"
	"sync"
	"testing"
	"unsafe"
)

// lot is a type with a bag, and its zero value is ready to use.
type lot[T any] struct {
	bag  Bag[T]
	once sync.Once
	made int
	o    Options[T]
}

type lotMaker[T any] struct{}

func (lotMaker[T]) Make(b *Bag[T]) {
	l := (*lot[T])(unsafe.Pointer(b)) // a lot begins with its bag
	l.once.Do(func() {
		l.made++
		l.o.Capacity = 64
		if err := b.Init(l.o); err != nil {
			panic(err)
		}
	})
}

// firstUses makes bags by their first use, one with each function that can do it.
func firstUses[T any](t *testing.T, name string, v, missed T, same func(a, b T) bool) {
	for i, f := range []func(b *Bag[T]) bool{
		func(b *Bag[T]) bool { return same(GetBy[T, lotMaker[T]](b), missed) },
		func(b *Bag[T]) bool { _, ok := TryGetBy[T, lotMaker[T]](b); return !ok },
		func(b *Bag[T]) bool {
			PutBy[T, lotMaker[T]](b, v)
			got, ok := b.TryGet()
			return ok && same(got, v)
		},
		func(b *Bag[T]) bool {
			dst := make([]T, 3)
			GetNBy[T, lotMaker[T]](b, dst)
			return same(dst[0], missed) && same(dst[2], missed)
		},
		func(b *Bag[T]) bool {
			PutNBy[T, lotMaker[T]](b, []T{v, v, v})
			return b.Len() == 3
		},
	} {
		for _, prepares := range []bool{false, true} {
			n := 0
			o := Options[T]{Policy: Policy[T]{Miss: func() T { return missed }}}
			if prepares {
				o.Policy.Prepare = func(T) { n++ }
			}
			l := &lot[T]{o: o}
			if l.bag.Made() {
				t.Errorf("%s: made before its first use", name)
			}
			if !f(&l.bag) || !l.bag.Made() || l.made != 1 {
				t.Errorf("%s: function %d of a bag that was not made does not work; made %d times", name, i, l.made)
			}
			if puts := int(l.bag.Counts().Puts); prepares && n != puts {
				t.Errorf("%s: function %d: prepared %d of %d values", name, i, n, puts)
			}
		}
	}
}

// A zero bag is made by its first use, which goes on as any other.
func TestMaker(t *testing.T) {
	x, y := new(int), new(int)
	firstUses(t, "pointer", x, y, func(a, b *int) bool { return a == b })
	firstUses(t, "int", 1, 2, func(a, b int) bool { return a == b })
	firstUses(t, "interface", any(1), any(2), func(a, b any) bool { return a == b })
	firstUses(t, "128 bytes", [128]byte{1}, [128]byte{2}, func(a, b [128]byte) bool { return a == b })
	firstUses(t, "boxed", [4096]byte{1}, [4096]byte{2}, func(a, b [4096]byte) bool { return a == b })
}

// While a bag is made others put values, and each is prepared: Z1.
func TestMakeAtOnce(t *testing.T) {
	type value struct{ prepared bool }
	for range 300 {
		l := &lot[*value]{o: Options[*value]{Policy: Policy[*value]{Prepare: func(v *value) { v.prepared = true }}}}
		start := make(chan struct{})
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				<-start
				PutBy[*value, lotMaker[*value]](&l.bag, new(value))
				if v := GetBy[*value, lotMaker[*value]](&l.bag); v == nil || !v.prepared {
					t.Errorf("got %+v, want a value that was prepared", v)
				}
			})
		}
		close(start)
		wg.Wait()
		if c := l.bag.Counts(); l.made != 1 || c.Puts != 5 || c.Gets != 5 || c.Lost != 0 {
			t.Fatalf("made %d times, %+v; want once, 5 puts and gets", l.made, c)
		}
	}
}

// A Maker that panics leaves nothing pinned, and the bag as it was.
func TestMakerPanics(t *testing.T) {
	for name, f := range map[string]func(b *Bag[int]){
		"Get": func(b *Bag[int]) { b.Get() }, "Put": func(b *Bag[int]) { b.Put(1) },
		"GetN": func(b *Bag[int]) { b.GetN(make([]int, 2)) }, "PutN": func(b *Bag[int]) { b.PutN([]int{1}) },
	} {
		var b Bag[int]
		func() {
			defer func() {
				if r := fmt.Sprint(recover()); r != notMade || b.Made() {
					t.Errorf("%s: recovered %q, want %q; made %t", name, r, notMade, b.Made())
				}
			}()
			f(&b)
		}()
	}
}
