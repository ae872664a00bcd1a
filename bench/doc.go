// Command bench compares plunge with other pools, its buffers with other pools of
// byte slices, and its rings with another queue, on the machine it runs on:
//
//	go run .                       # everything, in less than three minutes
//	go run . -full                 # with narrower intervals, in 12 to 18 minutes
//	go run . -quick                # to see that it works, in a minute
//	go run . -workload burst -shards 8
//	go run . -list
//
// or make bench in the project's root. It takes samples of all peers in turns,
// in one process, prints one table of medians and ratios with what plunge loses
// marked, and writes the raw samples to a file for benchstat and a page beside it
// with the verdict and a chart a workload; the page needs nothing but a browser. An interrupt
// prints what was measured until then. The exit code is 0, 1 if something could
// not be measured or written, 2 for bad flags and 130 after an interrupt; a lost
// or missed comparison is a result and no error.
//
// The same workloads are Go benchmarks:
//
//	go test -run '^$' -bench . -count 10 -cpu 1,2 >new.txt
//	benchstat -col /impl new.txt
//
// Each workload is measured in passes over all of them, so that what the machine
// does for a while meets a part of the rounds of many and not all rounds of one: 20 rounds of each,
// and what time is left goes to those with an interval of over 5%. Hit rates, objects
// made anew, memory and the collector's share come from runs that are not timed.
//
// A virtual machine's neighbours make a core up to twice as slow for a while, and not for all
// code alike. So each sample is taken between two looks at the core, or at all of them where more goroutines, or a collection,
// run: how long it takes to count a word in memory, to do sums in registers, and to pass a cache line round, which
// is written beside the sample. Where one of them takes half, or the sums a quarter, as
// long again as at best in the run, a sample is disturbed. A comparison is of the rounds in which neither
// of the two was, or of those in which both were where there are fewer than 15 of these, or of all; the table
// says which. Whenever the cores that a workload needs are calm, those with fewer than 60 calm rounds
// take turns before all else, those that need all cores first. Two runs are compared in a state that both have met.
//
// What a sample leaves as garbage is collected after it: a collection that it has begun would else slow down the
// next, which is another pool's. A collection takes longer than most of what is timed between two, so there are
// 8 pools of a kind where each burst comes after one.
//
// Loads and stores whose addresses agree in the lower 12 bits wait for each other. So each sample is
// taken at another place of the stack, peers are made anew every five rounds, and samples are short:
// 0.125 ms for one goroutine, which makes more of them. Where goroutines wait for each other a sample is made
// of eight starts, for what they get into lasts, and peers are made anew for each. Where more threads than cores
// take part the first half of a sample is not timed, for how many the kernel has on which core at first is chance.
//
// make bench runs this with GODEBUG=madvdontneed=0. Else the runtime gives memory that is free for a
// moment back to the kernel at once, and gets it again by page faults, at times that nobody
// chooses: a miss took 0.3 or 0.9 µs, by whether its memory had just been given back. For the same reason the
// memory that misses are of is touched before, and each of their samples has one collection in it.
//
// Numbers to trust need an idle machine. The peers take their samples some
// milliseconds apart, so that a ratio is good to a percent or two where a time
// in ns may be off by ten.
//
// # Map
//
//   - main.go: what happens in which order; flags.go: the command line; plan.go: its steps,
//     how long they take, and which workloads get more rounds
//   - internal/peer: the pools, buffers and queues compared; a new one is one file
//   - internal/gen: writes the timed loops out for each of them
//   - internal/work: the workloads, for the command and the Go benchmarks
//   - internal/web: the workloads that are a server with a client
//   - internal/measure: samples in interleaved rounds
//   - internal/report: ratios, the table, the raw samples, the page
//   - cmd/report: the page again from raw samples, the drawing for the README
//   - cmd/repeat: how much the ratios of two runs differ
//   - cmd/compare: two revisions in turns; cmd/instructions: a hit's instructions
//   - cmd/tune: options for this machine; trace: records what it plays again
//   - cmd/scaling: a model of more cores, checked with those that there are
//   - internal/progress, internal/machine: the progress line, the head of the table
//   - results: where raw samples go by default; dated results are committed there
package main
