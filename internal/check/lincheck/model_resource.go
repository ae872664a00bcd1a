package main

import (
	"fmt"
	"strings"

	"github.com/anishathalye/porcupine"
)

// loanState is a counted semaphore that is first come, first served.
type loanState struct {
	queue string // the clients that wait, a byte each, the first in front
	held  uint64 // a bit for each resource that is lent
	n     int    // resources that are not
}

func (s loanState) String() string {
	return fmt.Sprintf("%d free, lent %b, %d wait", s.n, s.held, len(s.queue))
}

// loanModel is the contract for n resources.
func loanModel(n int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return loanState{n: n} },
		Step: func(state, input, _ any) (bool, any) { return state.(loanState).step(input.(loan)) },
		Hash: hashOf[loanState],
	}
}

func (s loanState) step(l loan) (bool, loanState) {
	client, bit := string([]byte{byte(l.client)}), uint64(1)<<l.id
	switch l.verb {
	case arrived:
		s.queue += client
		return true, s
	case granted, tried:
		if l.verb == granted {
			if !strings.HasPrefix(s.queue, client) {
				return false, s
			}
			s.queue = s.queue[1:]
		} else if s.queue != "" {
			return false, s
		}
		if s.n == 0 || s.held&bit != 0 {
			return false, s
		}
		s.n--
		s.held |= bit
		return true, s
	case left: // it may have had a resource for a moment, which it passed on
		before, after, waits := strings.Cut(s.queue, client)
		s.queue = before + after
		return waits, s
	case failedTry:
		return s.n == 0 || s.queue != "" || l.loose, s
	case counted:
		return len(s.queue) == l.id, s
	case gave:
		if s.held&bit == 0 {
			return false, s
		}
		s.held &^= bit
		s.n++
		return true, s
	}
	return false, s
}

func checkLoans(loans []loan, n int) search {
	ops := make([]porcupine.Operation, len(loans))
	for i, l := range loans {
		ops[i] = porcupine.Operation{ClientId: l.client, Input: l, Call: l.call, Return: l.ret}
	}
	return search{model: loanModel(n), ops: ops}
}
