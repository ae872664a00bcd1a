package main

import (
	"encoding/binary"
	"fmt"

	"github.com/anishathalye/porcupine"
)

// checkHandles asks for an order in which the calls are those of a bounded FIFO, full and empty
// included.
func checkHandles(calls []queueCall, capacity int) search {
	ops := make([]porcupine.Operation, len(calls))
	for i, c := range calls {
		ops[i] = c.operation(c)
	}
	return search{model: fifoModel(capacity), ops: ops}
}

// values is a sequence of numbers, the oldest first, that can be compared and hashed.
type values string

const valueBytes = 4

func (q values) len() int { return len(q) / valueBytes }

func (q values) push(v uint32) values {
	var b [valueBytes]byte
	binary.LittleEndian.PutUint32(b[:], v)
	return q + values(b[:])
}

// first is the oldest; there has to be one.
func (q values) first() uint32 { return binary.LittleEndian.Uint32([]byte(q[:valueBytes])) }

// rest is all but the oldest.
func (q values) rest() values { return q[valueBytes:] }

func (q values) String() string {
	var vs []uint32
	for ; q != ""; q = q.rest() {
		vs = append(vs, q.first())
	}
	return fmt.Sprint(vs)
}

// fifoModel is a FIFO of the capacity. A push or a pop that fails is an observation.
func fifoModel(capacity int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return values("") },
		Step: func(state, input, _ any) (bool, any) {
			q, c := state.(values), input.(queueCall)
			switch {
			case c.push && c.ok:
				return q.len() < capacity, q.push(c.v)
			case c.push:
				return q.len() == capacity, q
			case c.ok:
				if q == "" || q.first() != c.v {
					return false, q
				}
				return true, q.rest()
			default:
				return q == "", q
			}
		},
		Hash: hashOf[values],
	}
}
