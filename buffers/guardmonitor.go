//go:build plunge_guard && (linux || darwin || freebsd || netbsd || openbsd || dragonfly || solaris)

package buffers

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strconv"
	"syscall"
	"unsafe"
)

// A fault in any goroutine ends the process, with no code of ours in between. So a second process of the same program
// prints the stack of the Release, as the documentation of debug.SetCrashOutput describes. It reads the crash's text,
// and finds the address in a file to which each Release is written. That costs a system call per Release. The file
// has no name, so it goes with the processes.

// monitorVariable tells the second process what it is.
const monitorVariable = "PLUNGE_GUARD_MONITOR"

// Packages that import this one are initialized after it, so the second process gets no further than here.
var _ = beMonitor()

// monitor is the first process's side.
type monitor struct {
	file  *os.File
	n     uint64           // releases so far
	end   int64            // of the file's texts
	texts map[stack][2]int // where the text of a stack is, and how long
}

// slot is a Release in the file: that of number n is at n % maxQuarantined. The texts
// of the stacks follow.
type slot struct{ N, Base, Start, Size, Text, Len uint64 }

var (
	slotBytes = binary.Size(slot{})
	textStart = int64(maxQuarantined) * int64(slotBytes)
)

// maxTexts bounds the texts in the file, in bytes.
const maxTexts = 64 << 20

// startMonitor starts the second process. If that fails, crashes come without its text.
func startMonitor() *monitor {
	m, err := newMonitor()
	if err != nil {
		fmt.Fprintf(os.Stderr, "buffers: guard: a crash will not show the stack of the Release: %v\n", err)
		return nil
	}
	return m
}

func newMonitor() (*monitor, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "plunge-guard-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	defer w.Close() // SetCrashOutput has a copy
	if err := debug.SetCrashOutput(w, debug.CrashOptions{}); err != nil {
		return nil, err
	}
	p, err := os.StartProcess(exe, os.Args[:1], &os.ProcAttr{
		Env:   append(os.Environ(), monitorVariable+"=1"),
		Files: []*os.File{r, os.Stderr, os.Stderr, file},
	})
	if err != nil {
		return nil, err
	}
	return &monitor{file: file, end: textStart, texts: map[stack][2]int{}}, p.Release()
}

// released writes down that r was released. guard.mu is held.
func (m *monitor) released(r *record) {
	if m == nil {
		return
	}
	at, ok := m.texts[r.by]
	if !ok && m.end < textStart+maxTexts {
		text := r.by.text()
		at = [2]int{int(m.end), len(text)}
		_, _ = m.file.WriteAt([]byte(text), m.end) // a full disk costs the text
		m.end += int64(len(text))
		m.texts[r.by] = at
	}
	m.n++
	s := slot{m.n, uint64(uintptr(r.base)), uint64(r.start()), uint64(r.size), uint64(at[0]), uint64(at[1])}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&s)), slotBytes) // binary.Write allocates
	_, _ = m.file.WriteAt(bytes, int64(m.n%maxQuarantined)*int64(slotBytes))
}

// beMonitor is all that the second process does.
func beMonitor() bool {
	if os.Getenv(monitorVariable) == "" {
		return false
	}
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM) // they concern the first process
	crash, err := io.ReadAll(os.Stdin)
	if err == nil {
		fmt.Fprint(os.Stderr, explain(crash, os.NewFile(3, "releases")))
	}
	os.Exit(0)
	return true
}

// faultAddress finds the address of the fault in a crash's text.
var faultAddress = regexp.MustCompile(`\[signal .* addr=0x([0-9a-f]+) `)

// explain returns what there is to say about the crash: nothing, unless it is the use of
// a released buffer.
func explain(crash []byte, releases io.ReaderAt) string {
	found := faultAddress.FindSubmatch(crash)
	if found == nil {
		return ""
	}
	addr, err := strconv.ParseUint(string(found[1]), 16, 64)
	if err != nil {
		return ""
	}
	var last slot
	table := io.NewSectionReader(releases, 0, textStart)
	for {
		var s slot
		if err := binary.Read(table, binary.NativeEndian, &s); err != nil {
			break
		}
		if s.N > last.N && s.Base <= addr && addr < s.Start+s.Size {
			last = s
		}
	}
	if last.N == 0 {
		return ""
	}
	text := make([]byte, last.Len)
	if _, err := releases.ReadAt(text, int64(last.Text)); err != nil || last.Len == 0 {
		text = []byte("an unknown stack\n")
	}
	return fmt.Sprintf("\nbuffers: address %#x is byte %d of a buffer of %d bytes, which was released by\n%s",
		addr, int64(addr-last.Start), last.Size, text)
}
