package trial

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// left lists the entries of the module's root that are not copied: the history, and the vendor directory, which is
// created again.
var left = []string{".git", ".hg", ".svn", ".bzr", ".jj", "vendor"}

// copyTree copies a module. A link to a file becomes a file, because it may be rewritten. A link to a directory
// stays a link. Its target becomes absolute if it is outside the module.
func copyTree(root, to string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		info, err := os.Stat(path) // follows links
		switch {
		case slices.Contains(left, rel):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case err != nil && d.Type()&fs.ModeSymlink != 0:
			return nil // a link to nothing
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(target, info.Mode().Perm()|0o700)
		case info.IsDir():
			return link(root, path, target)
		case info.Mode().IsRegular():
			return copyFile(path, target, info.Mode().Perm()|0o200)
		}
		return nil // a socket or the like
	})
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// link creates the link at path again.
func link(root, path, to string) error {
	target, err := os.Readlink(path)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(target) {
		abs := filepath.Join(filepath.Dir(path), target)
		if rel, err := filepath.Rel(root, abs); err != nil || !filepath.IsLocal(rel) {
			target = abs
		}
	}
	return os.Symlink(target, to)
}
