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
// So until it returns no other goroutine runs on its P, and stopping the world waits for it.
//
// This relies on what follows. Go documents none of it. The places are those of Go 1.26 and 1.27, below src. The
// build constraint of this file excludes the next release, which has to be looked at first.
//
//   - No instruction of a nosplit function is a safe point, its calls included: IsUnsafe and
//     compact in cmd/compile/internal/liveness/plive.go, isAsyncSafePoint in runtime/preempt.go.
//     Tests: TestSectionIsPinned, TestSectionDelaysStops.
//   - A nosplit function has no prologue, in which a goroutine is asked to yield
//     otherwise: preprocess in cmd/internal/obj/x86/obj6.go and arm64/obj7.go, newstack in runtime/stack.go.
//     The same tests.
//   - What the compiler calls for it is safe, too: functions of package runtime have no safe points, by IsUnsafe,
//     and by their name in isAsyncSafePoint. Those for write barriers are nosplit all the way down: wbMove in
//     runtime/mbarrier.go, gcWriteBarrier in runtime/asm_*.s. Test: TestBarrierIsPinned.
//   - Other calls are not safe, not even of nosplit functions: the instructions that make their frame are safe
//     points. So none may be left in builds without inlining, and none of a function that the compiler may inline:
//     with a profile that may be a user's. Tests: make asm-check, make pgo-check, TestCalls.
//   - Nosplit functions and what they call have abi.StackNosplitBase bytes of stack, 800 (internal/abi/stack.go).
//     The linker checks that (cmd/link/internal/ld/stackcheck.go). Test: make builds.
//   - getm returns g.m, and stays: runtime/proc.go has it in the hall of shame. It is not nosplit, and
//     needs no prologue. A goroutine that runs has an M, and that a P, m.p, whose first field is its number: type p in
//     runtime/runtime2.go. Test: TestOffset.
//   - procPin is m.locks++ and returns m.p.id: runtime/proc.go, and for g.m in a register abi-internal.md in
//     cmd/compile. Its code tells the offset of m.p. Offset is 0 if any instruction is not the expected one, as in
//     a runtime that was changed or compiled without optimization. Tests: TestDecode, TestOffset.
//   - canPreemptM in runtime/preempt.go lets nobody be preempted while m.locks is not 0. So procPin's sections
//     and these exclude each other. Test: TestSectionsExcludeEachOther.
//
// Constant from the first section on: see Distrust.
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
