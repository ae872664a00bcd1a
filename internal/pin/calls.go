//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows) && !android && !ios && !go1.28 && !race && !msan && !asan && !plunge_portable && !plunge_explore

package pin

import (
	"encoding/binary"
	"runtime"
	"strings"
	"unsafe"
)

// Distrust has Offset be 0 from now on: a tool has changed what is compiled. It is called before any section
// that asks for Offset.
func Distrust() { Offset = 0 }

// Calls finds the calls in the machine code of a function: the code that it calls, and how many
// calls there are of function values. It does not decode instructions. What looks like the call of an
// address is one if a function begins there, so no call is missed, and next to nothing is taken for one.
func Calls(code unsafe.Pointer) (targets []unsafe.Pointer, values int) {
	entry, step := runtime.FuncForPC(uintptr(code)).Entry(), 1
	if runtime.GOARCH == "arm64" {
		step = 4
	}
	for at := 0; ; at += step {
		if at%alignment == 0 && at > 0 && !within(unsafe.Add(code, at), entry) {
			return targets, values
		}
		target, value := call(code, at)
		if value {
			values++
		}
		switch {
		case target == nil || !within(target, uintptr(target)):
		case strings.HasPrefix(runtime.FuncForPC(uintptr(target)).Name(), "runtime.retpoline"):
			values++ // as -spectre=ret has them called
		default:
			targets = append(targets, target)
		}
	}
}

// alignment is what functions begin at a multiple of, at least.
const alignment = 16

// within reports that p is in the function that begins at entry.
func within(p unsafe.Pointer, entry uintptr) bool {
	f := runtime.FuncForPC(uintptr(p))
	return f != nil && f.Entry() == entry
}

// call looks for a call at code+at: of an address, or of a function value, which is in a register.
//
//	amd64  e8 rel32          CALL target
//	       ff d0 to ff d7    CALL register
//	arm64  100101 imm26      BL target
//	       d63f0000 | Rn<<5  BLR register
func call(code unsafe.Pointer, at int) (target unsafe.Pointer, value bool) {
	p := unsafe.Add(code, at)
	if runtime.GOARCH == "arm64" {
		w := *(*uint32)(p)
		if w>>26 == 0b100101 {
			return unsafe.Add(p, int(int32(w<<6))>>4), false
		}
		return nil, w&^(31<<5) == 0xd63f0000
	}
	switch c := (*[2]byte)(p); c[0] {
	case 0xe8:
		return unsafe.Add(p, 5+int(int32(binary.LittleEndian.Uint32((*[5]byte)(p)[1:])))), false
	case 0xff:
		return nil, c[1]&^7 == 0xd0
	}
	return nil, false
}
