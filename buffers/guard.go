package buffers

// GuardStats are the counts of the guard build, over all pools of the process. Elsewhere
// all are zero.
type GuardStats struct {
	Enabled     bool   `json:"enabled"`     // the program was built with -tags plunge_guard
	InUse       int    `json:"in_use"`      // buffers handed out, with pages of their own
	Quarantined int    `json:"quarantined"` // released ones, whose use faults
	Recycled    uint64 `json:"recycled"`    // those that have left quarantine
	Unguarded   uint64 `json:"unguarded"`   // Acquires that got ordinary memory, where there were too many
}

// Guard returns the counts of the guard build, for debugging: with -tags plunge_guard, on
// Linux, macOS, the BSDs and Solaris, every buffer has pages of its own and ends where an
// inaccessible one begins.
//
//   - Release makes the pages inaccessible. Who reads or writes the buffer afterwards
//     crashes at the guilty line, and the stack of the Release is printed after the
//     crash, by a second process of the program which sees the end of the first
//     (debug.SetCrashOutput, which the program itself must not call then). A system call
//     that is given the buffer fails with EFAULT.
//   - A second Release panics, with the stack of the first.
//   - Access past the end, by unsafe or C, crashes too.
//
// Released pages are kept so, in quarantine, until 65,536 younger ones are, or 64 GiB
// of address space (256 MiB on 32-bit machines) are taken; then the oldest serve again.
// Linux allows a process 65,530 mappings, of which a buffer in use takes two. Where 24,000
// are in use, or there are no pages, Acquire returns ordinary memory and counts it as
// Unguarded.
//
// The build takes microseconds for each Acquire and Release, and memory twice. A
// buffer that is never released stays mapped. Acquire returns zeroed memory. The second
// process begins as the program does: packages that do not import this one may be
// initialized there, main is not called.
func Guard() GuardStats { return guardStats() }
