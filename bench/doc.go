// Command bench compares plunge with other pools, its buffers with other pools of
// byte slices, and its rings with another queue, on the machine it runs on:
//
//	go run .                       # everything, in two minutes
//	go run . -full                 # with narrower intervals, in a quarter of an hour
//	go run . -quick                # to see that it works, in a minute
//	go run . -workload burst -shards 8
//	go run . -list
//
// or make bench in the project's root. It takes samples of all peers in rounds, in one
// process and in an order that follows the printed seed. A row of the table is the median
// of the rounds' ratios with its interval. One wider than 10 % is noisy: the row says so,
// the first line counts them, and the verdict leaves them out. Noise is reported and not
// fought; on an idle machine there is less.
//
// Raw samples go to a file for benchstat, with a page beside it that needs nothing but a
// browser. An interrupt prints what was measured until then. The exit code is 0, 1 if
// something could not be measured or written, 2 for bad flags and 130 after an interrupt; a
// lost comparison is a result and no error. The same workloads are Go benchmarks:
//
//	go test -run '^$' -bench . -count 10 -cpu 1,2 >new.txt
//	benchstat -col /impl new.txt
//
// What a sample leaves as garbage is collected after it, for a collection that it has begun
// would slow down the next one, which is another pool's. make bench sets GODEBUG=madvdontneed=0:
// else page faults of memory given back to the kernel come at times that nobody chooses.
//
// Packages: internal/peer has what is compared, with loops that internal/gen writes out;
// internal/work and internal/web the workloads; internal/measure takes the samples, and
// internal/report makes the table and the page of them. cmd has report (the page again),
// repeat (two runs compared), compare (two revisions), instructions (of a hit), tune
// (options for this machine) and scaling (a model of more cores); trace records what tune
// plays again, and results is where raw samples go.
package main
