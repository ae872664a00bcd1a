package buffers

// GuardStats are the counts of the guard build, over all pools of the process. In other builds they are zero.
type GuardStats struct {
	Enabled     bool   `json:"enabled"`     // the program was built with -tags plunge_guard
	InUse       int    `json:"in_use"`      // buffers handed out, with pages of their own
	Quarantined int    `json:"quarantined"` // released ones, whose use faults
	Recycled    uint64 `json:"recycled"`    // those that have left quarantine
	Unguarded   uint64 `json:"unguarded"`   // Acquires that got ordinary memory, for want of guarded pages
}

// Guard returns the counts of the guard build. That is a build for debugging, with -tags plunge_guard, on Linux,
// macOS, the BSDs and Solaris. There each buffer has its own pages of memory, and an inaccessible page follows
// its end.
//
//   - Release makes the pages inaccessible. A later read or write of the buffer crashes at the guilty line. After
//     the crash a second process of the program prints the stack of the Release. It relies on
//     debug.SetCrashOutput, which the program itself must not call then. A system call that is given the buffer
//     fails with EFAULT.
//   - A second Release panics, with the stack of the first.
//   - Access past the end, by unsafe or C, crashes too.
//
// Released buffers stay inaccessible, in quarantine, until 65,536 others were released after them, or the
// quarantine has 64 GiB of address space (256 MiB on 32-bit machines). Then the oldest are used again. Linux
// allows 65,530 mappings per process, and a buffer in use takes two. When 24,000 buffers are in use, or the
// system has no pages, Acquire returns ordinary memory and counts it as Unguarded.
//
// In this build Acquire and Release take microseconds, and buffers take twice the memory. A buffer that is never
// released stays mapped. Acquire returns zeroed memory. The second process starts as the program does: packages
// may be initialized in it, but main is not called.
func Guard() GuardStats { return guardStats() }
