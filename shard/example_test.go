package shard_test

import (
	"fmt"
	"sync"

	"github.com/plungepool/plunge/shard"
)

// A bounded bag of connections' numbers, which keeps at most four.
func ExampleBag() {
	bag, err := shard.New(shard.Options[string]{Capacity: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	bag.PutN([]string{"a", "b", "c"})
	fmt.Println(bag.Len(), "of", bag.Cap())

	_, ok := bag.TryGet()
	fmt.Println(ok, bag.Len())

	left := bag.Close()
	fmt.Println(len(left), "left")
	// Output:
	// 3 of 4
	// true 2
	// 2 left
}

// A Policy makes values on a miss and is told of those that find no room.
func ExamplePolicy() {
	made := 0
	bag, _ := shard.New(shard.Options[int]{
		Capacity: 1,
		Policy: shard.Policy[int]{
			Miss:     func() int { made++; return made },
			Overflow: func(v int) { fmt.Println("no room for", v) },
		},
	})
	a, b := bag.Get(), bag.Get()
	bag.Put(a)
	bag.Put(b)
	fmt.Println(bag.Get())
	// Output:
	// no room for 2
	// 1
}

// Magazine < 0 keeps nothing private.
func ExampleOptions() {
	bag, _ := shard.New(shard.Options[int]{Capacity: 3, Magazine: -1})
	for i := range 5 {
		fmt.Print(bag.TryPut(i), " ")
	}
	fmt.Println(bag.Len())
	_, err := shard.New(shard.Options[int]{Capacity: -3})
	fmt.Println(err)
	// Output:
	// true true true false false 3
	// shard: bad options: Capacity is -3; it must be 1 to 16777216
}

func ExampleCounts() {
	bag, _ := shard.New(shard.Options[int]{Capacity: 8})
	bag.PutN([]int{1, 2, 3})
	bag.Get()
	swept := bag.Sweep(2, 1) // values put with a stamp below 2, but leave one
	c := bag.Counts()
	fmt.Println(len(swept), c.Puts, c.Gets, c.Dropped, c.Idle)
	// Output: 1 3 1 1 1
}

// Free is a free list whose zero value is ready to use.
type Free struct{ bag shard.Bag[*[4096]byte] }

// pages is a Maker. It may be asked by several goroutines at a time.
type pages struct{}

var making sync.Mutex

func (pages) Make(b *shard.Bag[*[4096]byte]) {
	making.Lock()
	defer making.Unlock()
	if b.Made() {
		return
	}
	err := b.Init(shard.Options[*[4096]byte]{
		Capacity: 100,
		Policy:   shard.Policy[*[4096]byte]{Miss: func() *[4096]byte { return new([4096]byte) }},
	})
	if err != nil {
		panic(err)
	}
}

func ExampleMaker() {
	var f Free
	page := shard.GetBy[*[4096]byte, pages](&f.bag)
	shard.PutBy[*[4096]byte, pages](&f.bag, page)
	fmt.Println(f.bag.Len(), f.bag.Cap())
	// Output: 1 100
}

func ExampleNone() {
	var b shard.Bag[int]
	defer func() { fmt.Println(recover()) }()
	shard.GetBy[int, shard.None[int]](&b)
	// Output: shard: use of a Bag that New did not make
}
