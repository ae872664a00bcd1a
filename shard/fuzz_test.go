package shard

import (
	"errors"
	"strings"
	"testing"
)

// tape is an input of the fuzzer, read as the decisions of a run. After its end every decision is 0, which is nothing
// special.
type tape []byte

func (p *tape) next() int {
	if len(*p) == 0 {
		return 0
	}
	b := (*p)[0]
	*p = (*p)[1:]
	return int(b)
}

// FuzzBag runs the operations that ops encodes on a Bag and on a plain multiset (fuzzmodel_test.go). says are the
// answers of Admit and Accept. setup chooses the type of the values, the number of Ps to begin with, and what the
// policy has. Each size of value takes its own way through the engine.
func FuzzBag(f *testing.F) {
	for _, s := range []struct {
		capacity      uint16 // less 1
		shards, setup uint8
		magazine      int8
		ops, says     string
	}{
		{0, 0, 0, 0, "put put get get", ""},
		{0, 1, 1, -1, "putn9 getn9 tryput tryput sweep3 tryget", ""},
		{39, 3, 2, 3, "putn60 trygetn25 stamp5 putn20 sweep5 getn70", "\x07\x00\x07"},
		{99, 2, 3, 0, "putn90 procs4 put put get get putn30 procs1 getn99", ""},
		{199, 0, 0x10, 8, "stamp9 putn99 oldest20 getn50 stamp30 putn60 trygetn40 get sweep25", "\x00\x07\x00\x07"},
		{63, 4, 0x24, 4, "stamp1 putn50 putn50 clock sweep9 tryput tryput getn30 close put get", ""},
		{399, 0, 1, 32, "endow putn99 putn99 getn99 tick9 put low shed9 gather getn99 resize30 compact putn99 endow clear putn50 low", ""},
		{99, 5, 0x40, 0, "procs3 endow putn60 tick20 put procs0 tick1 putn60 get get getn60 getn60 low shed200 resize0 put resize50 putn99", ""},
		{199, 0, 0, 0, "putn90 watch1 get getn40 stamp9 putn99 oldest5 procs3 getn60 watch2 put get sweep7 endow putn99 getn99 watch0 put get", ""},
		{199, 3, 0x41, 8, "watch3 putn90 clock5 tryput put getn60 tick9 watch1 trygetn9 tryget gather get resize9 get clear getn3", "\x00\x07"},
		{999, 2, 0x38, 64, "putn99 putn99 putn99 keep7 sweep0 procs3 getn99 putn99 procs1 trygetn99 close", "\x07\x07\x07"},
	} {
		f.Add(s.capacity, s.shards, s.magazine, s.setup, encode(s.ops), []byte(s.says))
	}
	f.Fuzz(func(t *testing.T, capacity uint16, shards uint8, magazine int8, setup uint8, ops, says []byte) {
		o := bagSetup{
			capacity: int(capacity)%1200 + 1,
			shards:   int(shards) % 9,
			magazine: int(magazine),
			procs:    int(setup>>2)%2*3 + 1,
			accept:   setup&8 == 0,
			vet:      setup&16 != 0,
			admit:    setup&32 != 0,
			asked:    setup&64 != 0,
		}
		switch setup & 3 {
		case 0: // a hit by a nosplit function
			fuzzBag(t, o, ops, says, func(id int) int { return id }, func(v int) int { return v })
		case 1: // the same, with write barriers
			fuzzBag(t, o, ops, says, func(id int) *int { return &id }, func(v *int) int { return *v })
		case 2: // a hit by a pinned section
			fuzzBag(t, o, ops, says, func(id int) (v [4]int) { fill(v[:], id); return v },
				func(v [4]int) int { return same(t, v[:]) })
		case 3: // in a box
			fuzzBag(t, o, ops, says, func(id int) (v [24]int) { fill(v[:], id); return v },
				func(v [24]int) int { return same(t, v[:]) })
		}
	})
}

func fill(vs []int, id int) {
	for i := range vs {
		vs[i] = id
	}
}

func same(t *testing.T, vs []int) int {
	for _, v := range vs {
		if v != vs[0] {
			t.Fatalf("a value has been torn: %v", vs)
		}
	}
	return vs[0]
}

// opNames are the operations by the code that ops has for them. An argument
// follows each.
var opNames = []string{
	"put", "get", "tryget", "tryput", "putn", "getn", "trygetn",
	"stamp", "oldest", "clock", "keep", "sweep", "procs", "close",
	"clear", "shed", "resize", "gather", "compact", "endow", "tick", "low",
	"watch",
}

// encode writes a seed: names of operations, each with its argument.
func encode(text string) (ops []byte) {
	for _, word := range strings.Fields(text) {
		name := strings.TrimRight(word, "0123456789")
		arg := 0
		for _, digit := range word[len(name):] {
			arg = arg*10 + int(digit-'0')
		}
		for code, n := range opNames {
			if n == name {
				ops = append(ops, byte(code), byte(arg))
			}
		}
	}
	return ops
}

// FuzzOptions makes a Bag of arbitrary options: an error that names the field, or
// a bag that works.
func FuzzOptions(f *testing.F) {
	f.Add(0, 0, 0)
	f.Add(1, 1, 1)
	f.Add(-1, 0, 0)
	f.Add(MaxCapacity+1, 0, 0)
	f.Add(100, -1, 0)
	f.Add(100, MaxShards+1, 0)
	f.Add(1000, MaxShards, MaxMagazine)
	f.Add(1000, 2, MaxMagazine+1)
	f.Add(1<<16, 3, -1<<31)
	f.Fuzz(func(t *testing.T, capacity, shards, magazine int) {
		wrong := map[string]bool{
			"Capacity": capacity < 1 || capacity > MaxCapacity,
			"Shards":   shards < 0 || shards > MaxShards,
			"Magazine": magazine > MaxMagazine,
		}
		bad := wrong["Capacity"] || wrong["Shards"] || wrong["Magazine"]
		if !bad && capacity > 1<<16 {
			return // works, and takes long
		}
		overflowed := 0
		o := Options[int]{Capacity: capacity, Shards: shards, Magazine: magazine}
		o.Policy.Overflow = func(int) { overflowed++ }
		b, err := New(o)
		if bad {
			if b != nil || !errors.Is(err, ErrOptions) {
				t.Fatalf("New(%+v) = %v, %v, want an ErrOptions", o, b, err)
			}
			named := strings.Fields(strings.TrimPrefix(err.Error(), ErrOptions.Error()+": "))[0]
			if !wrong[named] {
				t.Errorf("the error names %q, which is right: %v", named, err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		n := min(capacity, 300) + 10
		b.PutN(make([]int, n))
		if got := b.Len(); got+overflowed != n || got > b.Cap() || b.Cap() != capacity {
			t.Fatalf("%d values, %d of %d overflowed, Cap %d, want %d", got, overflowed, n, b.Cap(), capacity)
		}
		if got, want := len(b.Close()), n-overflowed; got != want {
			t.Errorf("Close returned %d values, want %d", got, want)
		}
	})
}
