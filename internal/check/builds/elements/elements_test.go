//go:build plunge_builds

package elements

import (
	"flag"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/shard"
)

var rewritten = flag.Bool("rewritten", false, "a tool has changed the functions of the hits")

// A hit is a nosplit function in each build that has nosplit hits, unless a tool has changed the functions.
func TestDirect(t *testing.T) {
	if _, err := shard.New(shard.Options[int]{Capacity: 1}); err != nil {
		t.Fatal(err)
	}
	if got, want := pin.Offset != 0, pin.Direct && !*rewritten; got != want {
		t.Errorf("direct hits: %v, want %v", got, want)
	}
}

type (
	empty  struct{}
	pair   struct{ A, B *int }
	triple struct{ A, B, C *int }
	five   struct { // too many fields for registers
		P          *int
		A, B, C, D int32
	}
	mixed struct {
		S string
		N uint8
		F bool
	}
	nested struct {
		In struct{ P *[4]int }
		X  any
	}
	request struct {
		ID, Path string
		Header   map[int]int
		Body     []byte
		Done     chan int
		Err      fmt.Stringer
		Next     func() int
	}
	large struct {
		P *int
		B [1000]byte
		S [20]string
	}
	blank struct {
		A uint8
		B uint64
		C uint8
	}
)

// The sizes on both sides of each limit of the engine (8, 24 and 128 bytes), with and without pointers, and types
// that the compiler keeps in memory, not in registers.
func TestElements(t *testing.T) {
	t.Run("struct{}", element[empty])
	t.Run("[0]*int", element[[0]*int])
	t.Run("uint8", element[uint8])
	t.Run("int16", element[int16])
	t.Run("float32", element[float32])
	t.Run("int", element[int])
	t.Run("uintptr", element[uintptr])
	t.Run("complex128", element[complex128])
	t.Run("string", element[string])
	t.Run("*int", element[*int])
	t.Run("**large", element[**large])
	t.Run("unsafe.Pointer", element[unsafe.Pointer])
	t.Run("[]byte", element[[]byte])
	t.Run("map", element[map[int]int])
	t.Run("chan", element[chan int])
	t.Run("func", element[func() int])
	t.Run("any", element[any])
	t.Run("Stringer", element[fmt.Stringer])

	t.Run("[1]*int", element[[1]*int])
	t.Run("[2]*int", element[[2]*int])
	t.Run("[3]*int", element[[3]*int])
	t.Run("[4]*int", element[[4]*int])
	t.Run("[16]*int", element[[16]*int])
	t.Run("[17]*int", element[[17]*int])
	t.Run("[3]func", element[[3]func() int])
	t.Run("[2]any", element[[2]any])
	t.Run("[1]string", element[[1]string])
	t.Run("[1][]byte", element[[1][]byte])
	t.Run("[1][3]*int", element[[1][3]*int])

	t.Run("pair", element[pair])
	t.Run("triple", element[triple])
	t.Run("five", element[five])
	t.Run("mixed", element[mixed])
	t.Run("blank", element[blank])
	t.Run("nested", element[nested])
	t.Run("request", element[request])
	t.Run("large", element[large])

	t.Run("[9]byte", element[[9]byte])
	t.Run("[24]byte", element[[24]byte])
	t.Run("[25]byte", element[[25]byte])
	t.Run("[128]byte", element[[128]byte])
	t.Run("[129]byte", element[[129]byte])
	t.Run("[4096]byte", element[[4 << 10]byte])
	t.Run("[65536]byte", element[[64 << 10]byte])
}

// element has goroutines take and put values of T by every way that there is, while the garbage collector runs, so
// that write barriers are taken. A goroutine that has a value must be alone with it, and the value must be whole.
func element[T any](t *testing.T) {
	for _, hooked := range []bool{false, true} {
		x := &exercise[T]{t: t}
		o := shard.Options[T]{Capacity: 64, Policy: shard.Policy[T]{Miss: x.create}}
		if hooked {
			o.Policy.Prepare = x.reset
		}
		b, err := shard.New(o)
		if err != nil {
			t.Fatal(err)
		}
		x.bag = b
		stop := make(chan struct{})
		collected := collect(stop)
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() { x.work(max(10, min(300, (1<<20)/(1+int(unsafe.Sizeof(*new(T))))))) })
		}
		wg.Wait()
		close(stop)
		<-collected
		if got, want := b.Len(), int(x.created.Load()); got != want {
			t.Errorf("hooked %v: %d values are held, want %d", hooked, got, want)
		}
		if got, want := x.resets.Load(), x.puts.Load(); hooked && got != want {
			t.Errorf("%d calls of Prepare for %d values put", got, want)
		}
		for _, v := range b.Close() {
			x.take(&v)
		}
	}
}

const goroutines, batch = 3, 5

// collect collects garbage until stop is closed.
func collect(stop chan struct{}) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	return done
}

// exercise is a bag whose values are numbered.
type exercise[T any] struct {
	bag     *shard.Bag[T]
	t       *testing.T
	created atomic.Int64
	resets  atomic.Int64
	puts    atomic.Int64
	taken   [128]atomic.Bool // by number
}

func (x *exercise[T]) create() T {
	i := x.created.Add(1)
	if i >= int64(len(x.taken)) {
		panic(fmt.Sprintf("%d values created for %d in use", i, goroutines*(batch+1)))
	}
	return made[T](int(i))
}

func (x *exercise[T]) reset(T) { x.resets.Add(1) }

// take notes that the caller has v.
func (x *exercise[T]) take(v *T) {
	if i := says(v); i < 0 {
		x.t.Errorf("a value is torn: %v", *v)
	} else if i > 0 && x.taken[i].Swap(true) {
		x.t.Errorf("value %d is handed out twice", i)
	}
}

// leave notes that the caller is about to put v.
func (x *exercise[T]) leave(v *T) {
	x.puts.Add(1)
	if i := says(v); i > 0 {
		x.taken[i].Store(false)
	}
}

func (x *exercise[T]) work(rounds int) {
	vs := make([]T, batch)
	get, put := x.bag.Get, x.bag.Put // through wrappers
	for range rounds {
		v := x.bag.Get()
		x.take(&v)
		x.leave(&v)
		x.bag.Put(v)

		if v, ok := x.bag.TryGet(); ok {
			x.take(&v)
			x.leave(&v)
			put(v)
		}

		v = get()
		x.take(&v)
		x.bag.GetN(vs)
		for i := range vs {
			x.take(&vs[i])
		}
		for i := range vs {
			x.leave(&vs[i])
		}
		x.bag.PutN(vs)
		x.leave(&v)
		x.bag.Put(v)
	}
}

// The hits of buffers are functions of their own.
func TestBuffers(t *testing.T) {
	p := buffers.Must(buffers.New(buffers.Options{}))
	defer p.Close()
	stop := make(chan struct{})
	collected := collect(stop)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range 3000 {
				b := p.Acquire(1 + i*7%5000)
				for n := range b {
					b[n] = byte(g)
				}
				if i%64 == 0 {
					runtime.Gosched()
				}
				if readBytes(b) != g {
					t.Errorf("a buffer of %d bytes is shared", len(b))
				}
				p.Release(b)
			}
		})
	}
	wg.Wait()
	close(stop)
	<-collected
}
