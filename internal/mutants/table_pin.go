package main

// Package pin: the portable build's count of sections, and the offset that the
// default build reads from the runtime's code.
var pinMutants = []mutant{
	{
		name:   "pin/wrong-phase",
		breaks: "Quiesce waits for the phase that it has ended, and sections that begin meanwhile do not delay it",
		file:   "internal/pin/pin_portable.go",
		old:    "old := (phase.Add(1) - 1) & 1",
		new:    "old := phase.Add(1) & 1",
		tests:  only(in("internal/pin").on(portable)),
	},
	{
		name:   "pin/one-round",
		breaks: "Quiesce makes two rounds, for a section that read the phase before a flip",
		file:   "internal/pin/pin_portable.go",
		old:    "for range 2 {",
		new:    "for range 1 {",
		tests:  only(in("internal/pin").on(portable)),
	},
	{
		name:   "pin/one-slot-unseen",
		breaks: "Quiesce looks at every slot",
		file:   "internal/pin/pin_portable.go",
		old:    "for i := range sections {",
		new:    "for i := range sections[:slots/2] {",
		tests:  only(in("internal/grace").on(portable)),
	},
	{
		name:   "pin/decodes-anything",
		breaks: "Offset is 0 where the code is not what is expected, instruction for instruction",
		file:   "internal/pin/direct.go",
		old:    "c[16] != 0 || c[17:21] != id {",
		new:    "c[16] != 0 {",
		tests:  only(in("internal/pin")),
	},
	{
		name:   "pin/offset-of-locks",
		breaks: "Offset is that of m.p",
		file:   "internal/pin/direct.go",
		old:    "binary.LittleEndian.Uint32(code[13:])",
		new:    "binary.LittleEndian.Uint32(code[6:])",
		tests:  only(in("internal/pin")),
	},
}
