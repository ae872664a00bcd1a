package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// hits is the file with the functions of a hit, from the first on.
const (
	hits  = "shard/hits.go"
	first = "func GetBy[T any, "
)

// point is the call that a tool for fault injection inserts into packages.
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

// overlay writes to dir what makes the go command use the hits as rewrite changes them. It returns the argument for
// that.
func overlay(dir string, rewrite func(text string) string) (arg string, err error) {
	text, err := os.ReadFile(hits)
	if err != nil {
		return "", err
	}
	s := string(text)
	from := strings.Index(s, first)
	if from < 0 {
		return "", fmt.Errorf("%s: no %q", hits, first)
	}
	from = strings.LastIndex(s[:from], "\n\n") // its directives, too
	changed := s[:from] + rewrite(s[from:])
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
