//go:build !(amd64 || arm64) || !(linux || darwin || freebsd || windows) || android || ios || go1.28 || race || msan || asan || plunge_portable || plunge_explore

package pin

import "unsafe"

// Direct reports that Offset can be known. Not in this build.
const Direct = false

// Offset is 0: not known.
const Offset uintptr = 0

// Distrust does nothing: there is no Offset to distrust.
func Distrust() {}

// Calls is for builds with an Offset.
func Calls(unsafe.Pointer) []unsafe.Pointer { return nil }
