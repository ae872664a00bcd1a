package main

import (
	"time"

	"github.com/plungepool/plunge/pool"
)

// request is reset by assignment, which takes as much stack as it has bytes.
type request struct {
	ID, Method, Path, Host, Remote, User, Agent string
	Header                                      map[string]string
	Body                                        []byte
	Args                                        []string
	Start, End                                  time.Time
	Status, Size                                int
	Err                                         error
	Params                                      [16]struct{ Key, Value string }
}

func newRequest() *request { return &request{Header: map[string]string{}} }

func resetRequest(r *request) {
	clear(r.Header)
	*r = request{Header: r.Header, Body: r.Body[:0], Args: r.Args[:0]}
}

// requests has the one hook that Put calls itself.
var requests = pool.Must(pool.New(pool.Options[*request]{New: newRequest, Reset: resetRequest}))

// frame's hooks have large local variables.
type frame struct{ n [16]byte }

func newFrame() *frame {
	f := new(frame)
	mix(f)
	return f
}

func mix(f *frame) bool {
	var local [700]byte
	for i := range local {
		local[i] = f.n[i%16] + byte(i)
	}
	for i, b := range local {
		f.n[i%16] += b
	}
	return true
}

func resetFrame(f *frame)   { mix(f) }
func destroyFrame(f *frame) { mix(f) }

func retainFrame(f *frame) bool { return mix(f) && f.n[0]&63 != 1 }

func validFrame(f *frame) bool { return mix(f) && f.n[0]&63 != 2 }

// frames has all the hooks, and is full now and then.
var frames = pool.Must(pool.New(pool.Options[*frame]{
	New:         newFrame,
	Reset:       resetFrame,
	Retain:      retainFrame,
	Validate:    validFrame,
	Destroy:     destroyFrame,
	MaxIdle:     8,
	MaxIdleTime: 50 * time.Millisecond,
}))

// item resets itself.
type item struct{ frame }

func newItem() *item { return new(item) }

func (i *item) Reset() { mix(&i.frame) }

var items = pool.Must(pool.NewTyped(newItem, 8))

// block is a value of three words, which the hooks take by value.
type block struct{ a, b, c *frame }

func newBlock() block { return block{newFrame(), newFrame(), newFrame()} }

func resetBlock(b block) { mix(b.a) }

func validBlock(b block) bool { return mix(b.b) }

var blocks = pool.Must(pool.New(pool.Options[block]{New: newBlock, Reset: resetBlock, Validate: validBlock, MaxIdle: 4}))
