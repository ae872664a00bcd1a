// Command bench compares plunge with other pools, its buffers with other pools of
// byte slices, and its rings with another queue, on the machine it runs on:
//
//	go run .                       # everything, in two minutes
//	go run . -full                 # with narrower intervals, in a quarter of an hour
//	go run . -quick                # to see that it works, in a minute
//	go run . -workload burst -shards 8
//	go run . -list
//
// or make bench in the project's root. It takes samples of all peers in rounds, in one process and in an order that
// the printed seed decides. A row of the table is the median of the rounds' ratios with its interval. If the
// interval is wider than 10 % the row is noisy: the row says so, the first line counts noisy rows, and the verdict
// leaves them out. Noise is only reported. There is less of it on an idle machine.
//
// Raw samples go to a file for benchstat. A page beside it needs only a browser. An interrupt prints what was
// measured until then. The exit code is 0, 1 if something could not be measured or written, 2 for bad flags, and
// 130 after an interrupt. A lost comparison is not an error. The same workloads are Go benchmarks:
//
//	go test -run '^$' -bench . -count 10 -cpu 1,2 >new.txt
//	benchstat -col /impl new.txt
//
// The garbage of a sample is collected after it. Otherwise its collection would slow down the next sample, which is
// another pool's. make bench sets GODEBUG=madvdontneed=0. Otherwise memory that went back to the kernel causes page
// faults at random times.
//
// Packages: internal/peer has the pools compared, with loops that internal/gen writes. internal/work and
// internal/web have the workloads. internal/measure takes the samples, and internal/report makes the table and the
// page from them. cmd has report (the page again, or two runs compared), compare (two revisions),
// instructions (of a hit), tune (options for this machine) and scaling (a model of more cores). trace records what
// tune replays. Raw samples go to results.
package main
