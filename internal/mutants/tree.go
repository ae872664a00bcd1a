package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// rootModule is the first line of the root's go.mod.
const rootModule = "module github.com/plungepool/plunge\n"

// findRoot returns the directory of the root module, at or above dir.
func findRoot(dir string) (string, error) {
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(text, []byte(rootModule)) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not inside the module github.com/plungepool/plunge")
		}
		dir = parent
	}
}

// copyTree copies the root module to a directory: every file but those of nested
// modules and of dot directories.
func copyTree(root, to string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		dst := filepath.Join(to, rel)
		if d.IsDir() {
			if rel == "." {
				return nil
			}
			if strings.HasPrefix(d.Name(), ".") || exists(filepath.Join(path, "go.mod")) {
				return fs.SkipDir
			}
			return os.Mkdir(dst, 0o777)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(dst, text, 0o666)
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// apply returns text with the mutant applied.
func (m *mutant) apply(text string) (string, error) {
	switch n := strings.Count(text, m.old); {
	case m.old == m.new:
		return "", errors.New("it changes nothing")
	case n != 1:
		return "", fmt.Errorf("%s has the old text %d times, want exactly once", m.file, n)
	}
	return strings.Replace(text, m.old, m.new, 1), nil
}

// sabotage applies the mutant to the copy in dir and returns how to undo it.
func (m *mutant) sabotage(dir string) (undo func() error, err error) {
	path := filepath.Join(dir, filepath.FromSlash(m.file))
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	broken, err := m.apply(string(text))
	if err != nil {
		return nil, err
	}
	return func() error { return os.WriteFile(path, text, 0o666) }, os.WriteFile(path, []byte(broken), 0o666)
}
