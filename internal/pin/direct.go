//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows) && !android && !ios && !go1.28 && !race && !msan && !asan && !plunge_portable && !plunge_explore

package pin

import (
	"encoding/binary"
	"runtime"
	"unsafe"
)

// Direct reports that Offset can be known. It does not say that it is.
const Direct = true

// Offset is where an M has the address of its P, whose first word is the P's
// number: in a go:nosplit function that is
//
//	id := *(*uint32)(*(*unsafe.Pointer)(unsafe.Add(pin.M(), pin.Offset)))
//
// and all that the function does from there to its end, or to its next call, is a
// pinned section, as between Pin and Unpin, for less than half the price.
//
// It is one because the compiler makes no instruction of a nosplit function a
// safe point (IsUnsafe in cmd/compile/internal/liveness, said again in
// isAsyncSafePoint in runtime/preempt.go), and because such a function has no
// prologue in which it could be asked to yield. So until it returns no other
// goroutine runs on its P, and stopping the world waits for it. Calls that the
// compiler makes of the runtime, as for write barriers, are safe in it; others are
// not, not even of nosplit functions, for the instructions that make their frame
// are safe points. So none may be left where the compiler does not inline.
//
// All of this is behaviour and not documented, as is what M points to. So the build
// constraint of this file has the next release of Go, which has to be looked at
// first, do without, and TestSectionIsPinned and TestSectionDelaysStops show that
// it holds. The offset is taken from the code of procPin, which reads the same. It
// is 0 where that is not, instruction for instruction, what is expected: in a
// runtime that was changed or compiled without optimization. Constant.
var Offset = findOffset()

func findOffset() uintptr {
	f := Pin
	code := **(***[codeLen]byte)(unsafe.Pointer(&f)) // a function value is a pointer to the code's address
	decode := decodeAMD64
	if runtime.GOARCH == "arm64" {
		decode = decodeARM64
	}
	off := decode(code)
	if off == 0 {
		return 0
	}
	id := Pin()
	ok := id == int(*(*int32)(*(*unsafe.Pointer)(unsafe.Add(M(), off))))
	Unpin(id)
	if !ok {
		return 0
	}
	return off
}

// codeLen is the length of the longer code of procPin, in bytes.
const codeLen = 28

// decodeAMD64 returns m.p's offset if code is
//
//	49 8b 4e 30           MOVQ 48(R14), CX  g.m
//	ff 81 ?? ?? ?? 00     INCL ?(CX)        m.locks++
//	48 8b 89 ?? ?? ?? 00  MOVQ ?(CX), CX    m.p
//	48 63 01              MOVLQSX (CX), AX  p.id
//	c3                    RET
//
// as Go 1.26 and 1.27 make it, and 0 if it is anything else.
func decodeAMD64(code *[codeLen]byte) uintptr {
	const (
		locks = "\x49\x8b\x4e\x30\xff\x81"
		p     = "\x48\x8b\x89"
		id    = "\x48\x63\x01\xc3"
	)
	c := string(code[:])
	if c[:6] != locks || c[9] != 0 || c[10:13] != p || c[16] != 0 || c[17:21] != id {
		return 0
	}
	return uintptr(binary.LittleEndian.Uint32(code[13:]))
}

// decodeARM64 returns m.p's offset if code is
//
//	f9401b81  MOVD 48(R28), R1  g.m
//	b98???22  MOVW ?(R1), R2    m.locks++
//	91000442  ADD  $1, R2, R2
//	b90???22  MOVW R2, ?(R1)
//	f94???21  MOVD ?(R1), R1    m.p
//	b9800020  MOVW (R1), R0     p.id
//	d65f03c0  RET
//
// as Go 1.26 and 1.27 make it, and 0 if it is anything else.
func decodeARM64(code *[codeLen]byte) uintptr {
	want := [...]uint32{0xf9401b81, 0xb9800022, 0x91000442, 0xb9000022, 0xf9400021, 0xb9800020, 0xd65f03c0}
	const immediate = 0xfff << 10 // an offset, in units of the operand
	var off [len(want)]uint32
	for i, w := range want {
		got := binary.LittleEndian.Uint32(code[4*i:])
		if i == 1 || i == 3 || i == 4 {
			off[i] = got & immediate >> 10
			got &^= immediate
		}
		if got != w {
			return 0
		}
	}
	if off[1] != off[3] {
		return 0
	}
	return uintptr(off[4]) * 8
}
