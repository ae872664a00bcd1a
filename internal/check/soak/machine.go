package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
)

// machine returns the lines about where the run takes place and how it can be
// repeated.
func machine(cfg config) []string {
	return []string{
		fmt.Sprintf("machine: %s, %d cores; %s/%s; %s%s; GOMAXPROCS=%d", cpu(), runtime.NumCPU(),
			runtime.GOOS, runtime.GOARCH, runtime.Version(), build(), runtime.GOMAXPROCS(0)),
		fmt.Sprintf("command: go run ./internal/check/soak -time=%v -goroutines=%d -seed=%d", cfg.length, cfg.goroutines, cfg.seed),
		fmt.Sprintf("seed:    %d; commit %s", cfg.seed, commit()),
	}
}

// cpu returns the processor's name, where Linux tells it.
func cpu() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for l := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown CPU"
}

// build returns what is not as usual about this build.
func build() (what string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "-race" && s.Value == "true":
			what += " -race"
		case s.Key == "-tags" && s.Value != "":
			what += " -tags=" + s.Value
		}
	}
	return what
}

// commit returns the revision of the working directory: go run does not build it in.
func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	revision := strings.TrimSpace(string(out))
	changes, err := exec.Command("git", "status", "--porcelain", "--untracked-files=no").Output()
	if err != nil || len(changes) > 0 {
		revision += "-dirty"
	}
	return revision
}
