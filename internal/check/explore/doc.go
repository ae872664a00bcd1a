// Package explore runs a few goroutines under every schedule, or under every one with
// at most so many preemptions, at the granularity of single atomic operations, and
// has a check look at the outcome of each.
//
// It is for tests of lock-free code that is built with the tag plunge_explore: in
// that build package atom, whose types and functions are otherwise those of
// sync/atomic, calls [Step] before each operation, and packages pin and grace are
// what this package says. So what runs is the library's real code.
//
// A run executes the threads as coroutines, one at a time. At each step the path
// taken so far says who goes on; where it ends the first that can is taken, and the
// next run takes the next: a depth-first search of the tree of all schedules,
// stateless, as in VeriSoft (Godefroid, "Model Checking for Programming Languages using
// VeriSoft", POPL 1997) and in Rust's loom. No two runs have the same schedule. There
// is no partial-order reduction: it would run one of several schedules that end alike, but
// which operation had returned when another was called is not alike in them, and
// that is what linearizability is about. Where the number of schedules explodes, preemptions
// are bounded instead (Musuvathi and Qadeer, "Iterative Context Bounding for
// Systematic Testing of Multithreaded Programs", PLDI 2007): a preemption is a switch
// from a thread that could have gone on.
//
// A step is an atomic operation on a word that more than one thread can know and that
// [Program] does not call constant, the beginning of a pinned section, the wait for a
// grace period or for a mutex. Plain memory is touched in no time together with the step
// before it; [Config].Plain has more steps, so that others can be in between.
//
// What it cannot see: Go's atomics are sequentially consistent, and so is it; but it
// orders plain memory as the operations around it, so a data race is the race
// detector's to find. The counters of go.uber.org/atomic are no steps: they
// count, and decide nothing.
package explore
