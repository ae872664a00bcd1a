package work

import (
	"fmt"

	"github.com/plungepool/plunge/bench/internal/peer"
)

// skewIdle bounds the pools to twice the objects under way. A program with such a load sizes its pool for it. A
// lower bound would measure the cost of New.
const skewIdle = 2 * sliceLen * circulating * 7

// skew resembles an accept loop that feeds workers (1 to 7), and many connections that feed one logger (7 to 1).
// Objects are taken on few Ps and given back on many, or the reverse.
func skew() []Case {
	var cases []Case
	for _, c := range []struct {
		producers, consumers int
		like                 string
	}{{1, 7, "an accept loop that feeds workers"}, {7, 1, "many connections that feed one logger"}} {
		cases = append(cases, Case{
			Workload: fmt.Sprintf("skew-%dto%d", c.producers, c.consumers), Size: sliceLen,
			Long: true, Sweep: true,
			About: fmt.Sprintf("%d goroutines acquire, %d others release; slices go over a channel", c.producers, c.consumers),
			Like:  c.like,
			Impls: bounded(skewIdle, func(p peer.Pool) body { return body{run: passed(p, c.producers, c.consumers)} }),
		})
	}
	return cases
}
