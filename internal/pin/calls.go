//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows) && !android && !ios && !go1.28 && !race && !msan && !asan && !plunge_portable && !plunge_explore

package pin

import (
	"encoding/binary"
	"runtime"
	"unsafe"
)

// Distrust sets Offset to 0 for good, because a tool has changed what is compiled. It is called before any section
// that asks for Offset.
func Distrust() { Offset = 0 }

// Calls finds the functions that a function's machine code calls by their addresses. It decodes no instructions:
// bytes that look like such a call count as one if a function begins at the address. So none is missed, and next to
// nothing else counts. Calls of function values are not found: on amd64 their bytes may be part of any constant.
func Calls(code unsafe.Pointer) (targets []unsafe.Pointer) {
	entry, step := runtime.FuncForPC(uintptr(code)).Entry(), 1
	if runtime.GOARCH == "arm64" {
		step = 4
	}
	for at := 0; ; at += step {
		if at%alignment == 0 && at > 0 && !within(unsafe.Add(code, at), entry) {
			return targets
		}
		if target := call(code, at); target != nil && within(target, uintptr(target)) {
			targets = append(targets, target)
		}
	}
}

// alignment is the least alignment of functions.
const alignment = 16

// within reports that p is in the function that begins at entry.
func within(p unsafe.Pointer, entry uintptr) bool {
	f := runtime.FuncForPC(uintptr(p))
	return f != nil && f.Entry() == entry
}

// call returns what is called if there is a call of an address at code+at.
//
//	amd64  e8 rel32         CALL target
//	arm64  100101 imm26     BL target
func call(code unsafe.Pointer, at int) unsafe.Pointer {
	p := unsafe.Add(code, at)
	if runtime.GOARCH == "arm64" {
		if w := *(*uint32)(p); w>>26 == 0b100101 {
			return unsafe.Add(p, int(int32(w<<6))>>4)
		}
		return nil
	}
	if *(*byte)(p) != 0xe8 {
		return nil
	}
	return unsafe.Add(p, 5+int(int32(binary.LittleEndian.Uint32((*[5]byte)(p)[1:]))))
}
