package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// hits is the file with most functions of a hit, and they are all from first to last.
const (
	hits  = "shard/bag.go"
	first = "func GetBy[T any, M Maker[T]]("
	last  = "// TryPut adds"
)

// point is what a tool for fault injection has packages call.
const point = `package shard

import "runtime"

//go:noinline
func point() { runtime.Gosched() }
`

// inserted returns the hits with a call at the start of each block.
func inserted(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(line)
		if strings.HasSuffix(line, "{\n") {
			b.WriteString("point()\n")
		}
	}
	return b.String()
}

// stripped returns the hits as a tool prints them that loses directives.
func stripped(text string) string {
	return strings.NewReplacer("//go:nosplit\n", "", "//go:noinline\n", "").Replace(text)
}

// overlay writes to dir what has the go command take the hits as rewrite makes them of what they are, and
// returns the argument.
func overlay(dir string, rewrite func(text string) string) (arg string, err error) {
	text, err := os.ReadFile(hits)
	if err != nil {
		return "", err
	}
	s := string(text)
	from, to := strings.Index(s, first), strings.Index(s, last)
	if from < 0 || to < from {
		return "", fmt.Errorf("%s: no %q before %q", hits, first, last)
	}
	from = strings.LastIndex(s[:from], "\n\n") // its directives, too
	changed := s[:from] + rewrite(s[from:to]) + s[to:]
	if changed == s {
		return "", fmt.Errorf("%s: nothing to rewrite", hits)
	}
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	files := map[string]string{hits: changed, "shard/point.go": point}
	replace := map[string]string{}
	for name, text := range files {
		to := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(root, filepath.FromSlash(name))] = to
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return "-overlay=" + file, os.WriteFile(file, list, 0o600)
}
