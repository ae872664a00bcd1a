// Package pin keeps a goroutine on one P for a few instructions.
//
// A pinned section starts with [Pin] and ends with [Unpin]. In the default
// build it disables preemption, as sync.Pool does: until Unpin the goroutine
// stays on its P, no other goroutine runs there, and stopping the world waits
// for it. A pinned section must therefore be short and must not panic, block,
// allocate without bound or run code of the user.
//
// A go:nosplit function is a pinned section without either, for less than half the price. Offset says why, and
// [Direct] in which builds. Such a section may panic. A tool that inserts calls into the function breaks that. So
// whoever has such functions looks at their machine code ([Calls]) before the first use, and calls [Distrust] if the
// code was changed. That finds every call, but not what else a tool may do.
//
// With -tags plunge_portable nothing of the runtime is used. A section is a count on one of a fixed number of slots,
// chosen by a hash of the stack's address. Several goroutines can be in a section with the same number at once.
// [Exclusive] tells the two builds apart at compile time.
//
// This is the only package of the module with a go:linkname.
package pin
