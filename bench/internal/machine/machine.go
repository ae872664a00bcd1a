// Package machine describes the machine of a run.
package machine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"
)

// Machine describes a machine.
type Machine struct {
	CPU    string
	Cores  int // that the process may use
	OS     string
	Go     string
	Procs  int
	Commit string // of the project; empty if not known
}

// Here returns the machine that this runs on, with the current GOMAXPROCS.
func Here(ctx context.Context) Machine {
	m := Machine{
		CPU:    strings.TrimSpace(cpuid.CPU.BrandName),
		Cores:  runtime.NumCPU(),
		OS:     runtime.GOOS + "/" + runtime.GOARCH,
		Go:     runtime.Version(),
		Procs:  runtime.GOMAXPROCS(0),
		Commit: commit(ctx),
	}
	if m.CPU == "" {
		m.CPU = "unknown"
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.OS += " " + strings.TrimSpace(string(release))
	}
	return m
}

// String returns the machine in a line, without the commit.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores; %s; %s; GOMAXPROCS=%d", m.CPU, m.Cores, m.OS, m.Go, m.Procs)
}

// Load returns the load average of the last minute in words.
func Load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	load, _, _ := strings.Cut(string(b), " ")
	return load + " before the start"
}

// commit returns the revision built into the program. go run builds none in; then it returns the revision of the
// working directory.
func commit(ctx context.Context) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		settings := map[string]string{}
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
		if revision := settings["vcs.revision"]; revision != "" {
			revision = revision[:min(12, len(revision))]
			if settings["vcs.modified"] == "true" {
				revision += "-dirty"
			}
			return revision
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	out, _ := exec.CommandContext(ctx, "git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty").Output()
	return strings.TrimSpace(string(out)) // nothing where there is no git, or no repository
}
