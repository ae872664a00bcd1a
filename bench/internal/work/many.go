package work

import (
	"math/rand/v2"
	"sync/atomic"

	"github.com/plungepool/plunge/bench/internal/peer"
)

const (
	manyPools = 1000
	manyBurst = 4

	// manyIdle bounds each of the pools. On a machine with many cores a thousand pools with the default bound would
	// take gigabytes, in peers that allocate their bound at once.
	manyIdle = 64
)

// many resembles a program with one pool per type, table or tenant. Most of them are rarely used.
func many() []Case {
	var impls []Impl
	for _, e := range peer.Pools() {
		impls = append(impls, Impl{e.Name, func(env Env) Instance {
			made := new(atomic.Int64)
			if env.MaxIdle == 0 {
				env.MaxIdle = manyIdle
			}
			all := make([]peer.Pool, manyPools)
			for i := range all {
				all[i] = e.New(env.options(made))
			}
			return serial(zipf(all)).instance(made)
		}})
	}
	return []Case{{
		Workload: "many", Size: manyPools, Large: true,
		About: "1,000 pools, 90% of the bursts of 4 at ten of them",
		Like:  "a program with a pool a type, a table or a tenant",
		Impls: impls,
	}}
}

// zipf returns a loop of bursts at pools drawn by Zipf's law, the same draws for all peers.
func zipf(all []peer.Pool) Loop {
	draw := rand.NewZipf(rand.New(rand.NewPCG(1, 3)), 1.8, 1, manyPools-1)
	order := make([]uint16, 4096)
	for i := range order {
		order[i] = uint16(draw.Uint64())
	}
	next := 0
	return func(n int) int {
		done := 0
		for done < n {
			done += all[order[next]].Burst(manyBurst, manyBurst)
			next = (next + 1) % len(order)
		}
		return done
	}
}
