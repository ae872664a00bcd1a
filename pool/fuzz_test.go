package pool_test

import (
	"errors"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/pool"
)

// tape reads an input of the fuzzer as the decisions of a run. After its end every decision is 0: nothing special.
type tape []byte

func (p *tape) next() int {
	if len(*p) == 0 {
		return 0
	}
	b := (*p)[0]
	*p = (*p)[1:]
	return int(b)
}

// opNames are the operations by the code that ops has for them. An argument
// follows each.
var opNames = []string{
	"acquire", "tryacquire", "release", "acquiren", "releasen", "borrow", "lend", "do",
	"clear", "prune", "warm", "stats", "advance", "close",
}

// encode writes a seed: names of operations, each with its argument.
func encode(text string) (ops []byte) {
	for word := range strings.FieldsSeq(text) {
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

// limits are the MaxIdleTimes of FuzzPool: none, some so short that every Acquire
// reads the clock, and longer ones.
var limits = []time.Duration{-1, 5 * time.Millisecond, 100 * time.Millisecond, time.Second, 0}

// FuzzPool runs the operations that ops encodes on a Pool and on a plain model (fuzzmodel_test.go), with a clock of
// its own. setup chooses GOMAXPROCS, the hooks besides New and Destroy, and whether magazines are small. says is
// what the hooks do, one call after the other: see failing.
func FuzzPool(f *testing.F) {
	for _, s := range []struct {
		maxIdle                uint16 // minus 1
		minIdle, shards, setup uint8
		localCache             int8
		ops, says              string
	}{
		{0, 0, 0, 0, 0, "acquire acquire release release acquire release close", ""},
		{63, 0, 1, 7, -1, "acquiren40 releasen20 acquiren30 borrow borrow1 lend1 lend do clear", "\x00\x03\x00\x03"},
		{299, 9, 2, 0x1f, 8, "acquiren200 releasen200 advance20 acquire prune9 warm acquiren20 close release releasen9", ""},
		{99, 3, 0, 0x2f, 0, "acquiren50 releasen50 advance9 tryacquire advance255 tryacquire warm prune stats", "\x04\x08\x00\x01\x04\x00\x02"},
		{7, 2, 1, 0x37, 0, "acquiren12 releasen12 clear acquiren12 do1 do2 close do", "\x01\x02\x03\x04\x03\x05\x01\x01"},
		{39, 5, 3, 7, 2, "acquiren30 releasen30 acquiren50 releasen50 prune", "\x00\x00\x04\x08\x00\x04\x04\x09\x04\x05\x01\x04\x0d\x00"},
	} {
		f.Add(s.maxIdle, s.minIdle, s.shards, s.localCache, s.setup, encode(s.ops), []byte(s.says))
	}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil))) // panics of Destroy without a caller
	f.Cleanup(func() { slog.SetDefault(before) })
	f.Fuzz(func(t *testing.T, maxIdle uint16, minIdle, shards uint8, localCache int8, setup uint8, ops, says []byte) {
		o := pool.Options[*thing]{
			MaxIdle:     int(maxIdle)%300 + 1,
			MaxIdleTime: limits[int(setup>>4)%len(limits)],
			Shards:      int(shards) % 5,
			LocalCache:  int(localCache),
		}
		o.MinIdle = int(minIdle) % (min(o.MaxIdle, 20) + 1)
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1 + int(setup>>3)&1*3))
		synctest.Test(t, func(t *testing.T) {
			r := &poolRun{t: t, o: o, says: says}
			r.make(setup&1 != 0, setup&2 != 0, setup&4 != 0)
			r.run(ops)
		})
	})
}

// FuzzOptions makes a Pool of arbitrary options: an error that names the field, or
// a pool that works.
func FuzzOptions(f *testing.F) {
	f.Add(0, 0, int64(0), 0, 0, true)
	f.Add(3, 10, int64(time.Second), 2, 4, true)
	f.Add(11, 10, int64(-1), 1, -1, true)
	f.Add(-1, 0, int64(0), 0, 0, true)
	f.Add(0, -1, int64(0), 0, 0, true)
	f.Add(0, pool.LimitMaxIdle+1, int64(0), 0, 0, true)
	f.Add(0, 100, int64(-1<<63), pool.LimitShards, pool.LimitLocalCache, true)
	f.Add(0, 100, int64(1<<63-1), pool.LimitShards+1, 0, true)
	f.Add(0, 100, int64(1), -1, 0, true)
	f.Add(0, 100, int64(1), 0, pool.LimitLocalCache+1, true)
	f.Add(0, 100, int64(1), 0, -1<<31, false)
	f.Add(0, 100, int64(time.Millisecond-1), 0, 0, true)
	f.Add(0, 100, int64(time.Millisecond), 0, 0, true)
	f.Fuzz(func(t *testing.T, minIdle, maxIdle int, maxIdleTime int64, shards, localCache int, hasNew bool) {
		bound := maxIdle // in force
		if bound == 0 {
			bound = min(pool.DefaultMaxIdlePerP*runtime.GOMAXPROCS(0), pool.LimitMaxIdle)
		}
		wrong := map[string]bool{
			"New":        !hasNew,
			"MaxIdle":    maxIdle < 0 || maxIdle > pool.LimitMaxIdle,
			"MinIdle":    minIdle < 0 || minIdle > bound,
			"Shards":     shards < 0 || shards > pool.LimitShards,
			"LocalCache": localCache > pool.LimitLocalCache,

			"MaxIdleTime": maxIdleTime > 0 && maxIdleTime < int64(time.Millisecond),
		}
		bad := false
		for _, w := range wrong {
			bad = bad || w
		}
		if !bad && (bound > 1<<16 || minIdle > 1<<12) {
			return // works, and takes long
		}
		made, destroyed := 0, 0
		o := pool.Options[*thing]{
			MinIdle: minIdle, MaxIdle: maxIdle, MaxIdleTime: time.Duration(maxIdleTime), Shards: shards, LocalCache: localCache,
			Destroy: func(*thing) { destroyed++ },
		}
		if hasNew {
			o.New = func() *thing { made++; return new(thing) }
		}
		p, err := pool.New(o)
		if bad {
			if p != nil || !errors.Is(err, pool.ErrOptions) {
				t.Fatalf("New(%+v) = %v, %v, want an ErrOptions", o, p, err)
			}
			named := strings.Fields(strings.TrimPrefix(err.Error(), pool.ErrOptions.Error()+": "))[0]
			if !wrong[named] {
				t.Errorf("the error names %q, which is right: %v", named, err)
			}
			if made > 0 {
				t.Errorf("New made %d objects and no pool", made)
			}
			return
		}
		if err != nil {
			t.Fatalf("New(%+v): %v", o, err)
		}
		if maxIdleTime > 0 && time.Duration(maxIdleTime) < time.Hour {
			// Time is real here: another goroutine counts what expires meanwhile.
			defer p.Close()
		} else if p.Len() != minIdle || made != minIdle {
			t.Fatalf("%+v: %d idle and %d made, want MinIdle", o, p.Len(), made)
		}
		if p.Cap() != bound {
			t.Fatalf("%+v: Cap: got %d, want %d", o, p.Cap(), bound)
		}
		held := make([]*thing, min(bound, 300)+10)
		p.AcquireN(held)
		seen := map[*thing]bool{}
		for _, x := range held {
			if x == nil || seen[x] {
				t.Fatalf("%+v: AcquireN returned nothing, or an object twice", o)
			}
			seen[x] = true
		}
		p.ReleaseN(held)
		if maxIdleTime > 0 && time.Duration(maxIdleTime) < time.Hour {
			return
		}
		s := p.Stats()
		if s.Idle > bound || int(s.Created+s.Warmed) != made || s.InUse != 0 || int(s.Discarded.Total()) != destroyed || s.Idle != made-destroyed {
			t.Fatalf("%+v: %d made, %d destroyed: %+v", o, made, destroyed, plain(s))
		}
		p.Close()
		if made != destroyed || p.Len() != 0 {
			t.Errorf("%+v: %d made, %d destroyed, %d idle after Close", o, made, destroyed, p.Len())
		}
	})
}
