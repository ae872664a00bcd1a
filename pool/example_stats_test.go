package pool_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plungepool/plunge/pool"
)

func ExampleStats() {
	p := pool.Must(pool.New(pool.Options[*[]byte]{
		New:        func() *[]byte { return new([]byte) },
		MaxIdle:    2,
		LocalCache: -1, // exact on any number of Ps
		Name:       "slices",
	}))
	held := []*[]byte{p.Acquire(), p.Acquire(), p.Acquire()}
	p.ReleaseN(held)
	p.Acquire()

	s := p.Stats()
	fmt.Println(s)
	fmt.Println(s.ReuseRatio(), s.Map()["discarded_full"])
	// Output:
	// slices: 1/2 idle, 1 in use, 4 acquired (25.0% reused), 3 released, 1 discarded
	// 0.25 1
}

func ExampleDiscards() {
	p := pool.Must(pool.New(pool.Options[*[]byte]{
		New:     func() *[]byte { return new([]byte) },
		Retain:  func(b *[]byte) bool { return cap(*b) <= 1024 },
		MinIdle: 4,
	}))
	b := p.Acquire()
	*b = make([]byte, 4096)
	p.Release(b) // grown too large
	p.Clear()

	d := p.Stats().Discarded
	text, _ := json.Marshal(d)
	fmt.Println(d.Rejected, d.Total())
	fmt.Println(string(text))
	// Output:
	// 1 4
	// {"full":0,"expired":0,"invalid":0,"rejected":1,"broken":0,"panicked":0,"cleared":3,"pruned":0,"closed":0,"pressed":0}
}

func ExamplePool_Prune() {
	p := pool.Must(pool.New(pool.Options[*[]byte]{
		New:     func() *[]byte { return new([]byte) },
		MinIdle: 3,
	}))
	held := make([]*[]byte, 10)
	p.AcquireN(held)
	p.ReleaseN(held)

	fmt.Println(p.Prune(time.Hour), "idle for over an hour")
	fmt.Println(p.Prune(0), "dropped down to MinIdle")
	fmt.Println(p.Len(), "left")
	// Output:
	// 0 idle for over an hour
	// 7 dropped down to MinIdle
	// 3 left
}

func ExamplePool_Warm() {
	p := pool.Must(pool.New(pool.Options[*[]byte]{
		New:     func() *[]byte { return new([]byte) },
		MinIdle: 5,
	}))
	fmt.Println(p.Len(), "made by New")
	p.Clear()
	fmt.Println(p.Warm(), "made by Warm")
	// Output:
	// 5 made by New
	// 5 made by Warm
}

func ExampleSlices() {
	words := pool.Slices[string](100)
	s := words.Acquire()
	defer words.Release(s) // empties it
	*s = append(*s, "to", "be", "sorted")
	slices.Sort(*s)
	fmt.Println(*s)
	// Output: [be sorted to]
}

func ExampleMaps() {
	counts := pool.Maps[string, int](100)
	m := counts.Acquire()
	defer counts.Release(m) // empties it
	for _, word := range strings.Fields("to be or not to be") {
		m[word]++
	}
	fmt.Println(m["be"], m["or"])
	// Output: 2 1
}

func ExampleSets() {
	seen := pool.Sets[string](100)
	set := seen.Acquire()
	defer seen.Release(set) // empties it
	for _, word := range strings.Fields("to be or not to be") {
		if _, dup := set[word]; !dup {
			fmt.Println(word)
		}
		set[word] = struct{}{}
	}
	// Output:
	// to
	// be
	// or
	// not
}

func ExampleBorrowSlice() {
	l := pool.BorrowSlice[int]()
	defer l.Release()
	s := l.Value()
	*s = append(*s, 1, 2, 3)
	fmt.Println(len(*s))
	// Output: 3
}

func ExampleBorrowMap() {
	l := pool.BorrowMap[string, int]()
	defer l.Release()
	l.Value()["answer"] = 42
	fmt.Println(l.Value())
	// Output: map[answer:42]
}

func ExampleBorrowSet() {
	l := pool.BorrowSet[string]()
	defer l.Release()
	l.Value()["x"] = struct{}{}
	fmt.Println(len(l.Value()))
	// Output: 1
}
