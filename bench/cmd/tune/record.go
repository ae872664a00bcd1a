package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/plungepool/plunge/bench/internal/peer"
	"github.com/plungepool/plunge/bench/internal/work"
)

// recordedOps are the acquisitions of a trace, or a few more.
const recordedOps = 4096

// recordTo writes a trace of what the only case does with its pool.
func recordTo(file string, cases []work.Case) error {
	if len(cases) != 1 {
		return fmt.Errorf("-record is for one workload, and there are %d: see -workload", len(cases))
	}
	c := cases[0]
	defer c.Enter()()
	var r peer.Recording
	in := c.Impls[0].New(work.Env{Record: &r})
	if r == (peer.Recording{}) {
		return fmt.Errorf("%s has not one pool of pointers, which alone is recorded", c.Name())
	}
	in.Run(recordedOps)
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(r.Trace().Write(out), out.Close())
}
