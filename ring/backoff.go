package ring

// backoffSpins is how many empty loop iterations a goroutine makes after it has lost a CAS to another. They take
// about 200 ns, as long as two operations under contention, and meanwhile the winner keeps its cache lines. Medians
// for two cores at one ring of 1024, per push and pop:
//
//	spins              0    128    256    512   1024
//	Handles           57     47     39     29     21   ns
//	Ring of uint32    97     78     64     46      -   ns
//
// More would gain a little and cost the loser twice as much.
const backoffSpins = 512

// backoff waits for nobody: it ends after backoffSpins iterations.
func backoff() {
	for range backoffSpins {
	}
}
