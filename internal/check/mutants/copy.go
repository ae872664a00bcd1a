package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// root is the directory of the root module, from that of this one, where the program is run.
const root = "../../.."

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
		switch {
		case rel != "." && d.IsDir() && (strings.HasPrefix(d.Name(), ".") || exists(filepath.Join(path, "go.mod"))):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(dst, 0o777)
		case !d.Type().IsRegular():
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
	text, old := "\n"+text, "\n"+m.old
	at := strings.Index(text, old)
	switch {
	case at < 0:
		return "", fmt.Errorf("%s does not have the old lines", m.file)
	case strings.LastIndex(text, old) != at:
		return "", fmt.Errorf("%s has the old lines more than once", m.file)
	}
	return text[1:at+1] + m.new + text[at+len(old):], nil
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
