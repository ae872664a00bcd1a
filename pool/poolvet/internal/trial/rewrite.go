package trial

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/plungepool/plunge/pool/poolvet/internal/migrate"
)

// allDirs and ownDirs choose the directories below root whose packages are rewritten.
func allDirs(root, dir, name string) bool { return true }

// ownDirs leaves out directories that are not part of the module, or not built.
func ownDirs(root, dir, name string) bool {
	if dir == root {
		return true
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return false // a module of its own
	}
	return !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") && name != "testdata" &&
		dir != filepath.Join(root, "vendor")
}

// rewrite rewrites the packages below root. path returns the import path of a directory, which is relative to root,
// or "" if the package is to stay. found is called with the number of pools.
func rewrite(root string, choose func(root, dir, name string) bool,
	path func(dir string) string, found func(path string, pools int),
) error {
	return filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if !choose(root, dir, d.Name()) {
			return fs.SkipDir
		}
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			return err
		}
		p := path(rel)
		if p == "" {
			return nil
		}
		n, err := rewriteDir(dir)
		if n > 0 {
			found(p, n)
		}
		return err
	})
}

// rewriteDir rewrites the files of a directory, and returns how many pools they declare.
func rewriteDir(dir string) (int, error) {
	names, err := filepath.Glob(filepath.Join(escape(dir), "*.go"))
	if err != nil {
		return 0, err
	}
	texts, declared := map[string][]byte{}, map[string]bool{}
	wanted := false
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		texts[name] = text
		wanted = wanted || mayUse(text)
	}
	if !wanted {
		return 0, nil
	}
	for name, text := range texts {
		maps.Copy(declared, migrate.Declared(name, text))
	}
	total := 0
	for name, text := range texts {
		if !mayUse(text) {
			continue
		}
		out, n, err := migrate.Source(name, text, declared)
		if err != nil {
			continue // not built, or the build reports a better error
		}
		total += n
		if bytes.Equal(out, text) {
			continue
		}
		if err := os.WriteFile(name, out, 0o666); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// mayUse is a quick check. It is also true for some files that do not use sync.Pool.
func mayUse(text []byte) bool {
	return bytes.Contains(text, []byte("Pool")) && bytes.Contains(text, []byte(`sync`))
}

// escape returns a pattern that matches only the directory's name.
func escape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
