package work

import "github.com/plungepool/plunge/bench/internal/peer"

// queues resembles work queues. The shards of plunge move magazines through these queues, and programs may use the
// queues alone.
func queues() []Case {
	var cases []Case
	for _, q := range []struct {
		name    string
		entries []peer.Entry[peer.Queue]
	}{{"handles", peer.Handles()}, {"ring", peer.Rings()}} {
		cases = append(cases, Case{
			Workload: q.name, Size: peer.QueueSize, Family: "Queue",
			About: "push and pop, one goroutine",
			Like:  "a work queue",
			Impls: each(q.entries, func(p peer.Queue) body { return serial(p.PushPop) }),
			Bars:  []Bar{{"xsync.MPMCQueue", 1.05}},
		}, Case{
			Workload: q.name + "-parallel", Size: peer.QueueSize, Family: "Queue", Sweep: true,
			About: "push and pop at one queue on every P",
			Like:  "a work queue that every core feeds and drains",
			Impls: each(q.entries, func(p peer.Queue) body { return parallel(p.PushPop) }),
			Bars:  []Bar{{"xsync.MPMCQueue", 1.10}},
		})
	}
	return cases
}
