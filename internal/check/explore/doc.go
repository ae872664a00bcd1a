// Package explore runs a few goroutines under every schedule, or under every one with a limited number of
// preemptions, at the granularity of single atomic operations. It has a check look at the outcome of each.
//
// It is for tests of lock-free code that is built with the tag plunge_explore. In that build package atom, whose
// types and functions are otherwise those of sync/atomic, calls [Step] before each operation. Packages pin and grace
// ask this package what to do. So what runs is the library's real code.
//
// A run executes the threads as coroutines, one at a time. At each step the path taken so far says which goes on.
// Beyond its end the first thread that can go on does, and the next run takes the next thread. This is a depth-first
// search of the tree of all schedules, stateless, as in VeriSoft (Godefroid, "Model Checking for Programming
// Languages using VeriSoft", POPL 1997) and in Rust's loom. No two runs have the same schedule. There is no
// partial-order reduction, which would run one of several schedules that end alike. These differ in which operation
// had returned when another was called, and that is what linearizability is about. Where the number of schedules
// explodes, preemptions are bounded instead (Musuvathi and Qadeer, "Iterative Context Bounding for Systematic Testing
// of Multithreaded Programs", PLDI 2007). A preemption is a switch from a thread that could have gone on.
//
// A step is the beginning of a pinned section, the wait for a grace period or a mutex, or an atomic operation on a
// word. The word is one that more than one thread can know and that [Program] does not call constant. Plain memory is
// touched in no time together with the step before it; [Config].Plain has more steps, so that others can be in
// between.
//
// What it cannot see is data races. It is sequentially consistent, as Go's atomics are, but it orders plain memory as
// the operations around it. So a data race is the race detector's to find. The counters of go.uber.org/atomic are no
// steps: they count, and decide nothing.
package explore
