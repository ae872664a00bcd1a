package trial

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/plungepool/plunge/pool/poolvet/internal/migrate"
)

// Options say what to copy, and to where.
type Options struct {
	Dir    string // in the module; "": the current directory
	To     string // a directory that is empty or does not exist
	Plunge string // a directory with plunge; "": the latest release
}

// program is the original module.
type program struct {
	root   string // its directory
	mod    *modfile.File
	to     string
	plunge string
}

// Run writes the copy and builds it. If it fails before it can be built, it leaves nothing behind.
func Run(o Options) (*Summary, error) {
	p, err := find(o)
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(p.to)
	existed := err == nil
	s, err := p.write()
	if err != nil {
		return nil, errors.Join(err, clear(p.to, existed))
	}
	if err := run(p.to, "build", "./..."); err != nil {
		return nil, fmt.Errorf("the copy in %s does not build: %w\nIf the original does, see whether it also does with a vendor "+
			"directory (go mod vendor leaves out directories without Go files, such as those of C headers)", p.to, err)
	}
	return s, nil
}

// find checks that there is a program to copy and a place for it.
func find(o Options) (*program, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	env, err := environment(dir)
	if err != nil {
		return nil, err
	}
	if env.work != "" {
		return nil, fmt.Errorf("the workspace %s is in use, and its modules cannot be copied as one program: set GOWORK=off, "+
			"and use replace directives for what the module needs of the others", env.work)
	}
	if env.mod == "" || env.mod == os.DevNull {
		return nil, fmt.Errorf("%s is not in a module: change to the directory of the program's go.mod", dir)
	}
	p := &program{root: filepath.Dir(env.mod)}
	text, err := os.ReadFile(env.mod)
	if err != nil {
		return nil, err
	}
	if p.mod, err = modfile.Parse(env.mod, text, nil); err != nil {
		return nil, err
	}
	if p.mod.Module == nil {
		return nil, fmt.Errorf("%s has no module line", env.mod)
	}
	if p.mod.Module.Mod.Path == migrate.Module {
		return nil, fmt.Errorf("%s is plunge itself, which cannot import itself: try a program that uses it", p.root)
	}
	if p.to, err = place(p.root, o.To); err != nil {
		return nil, err
	}
	if p.plunge, err = source(o.Plunge); err != nil {
		return nil, err
	}
	return p, nil
}

// place checks the directory that the copy is for.
func place(root, to string) (string, error) {
	to, err := filepath.Abs(to)
	if err != nil {
		return "", err
	}
	switch entries, err := os.ReadDir(to); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", err
	case len(entries) > 0:
		return "", fmt.Errorf("%s is not empty: give a directory that is, or that does not exist", to)
	}
	parent := to
	for {
		if resolved, err := filepath.EvalSymlinks(parent); err == nil {
			parent = resolved
			break
		}
		parent = filepath.Dir(parent)
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(real, parent); err == nil && filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is within the module itself: give a directory outside of %s", to, root)
	}
	env, err := environment(parent)
	if err != nil {
		return "", err
	}
	if env.work != "" {
		return "", fmt.Errorf("%s is below the workspace %s, which the go command would use there: "+
			"give a directory elsewhere", to, env.work)
	}
	return to, nil
}

// source checks the directory of plunge.
func source(dir string) (string, error) {
	if dir == "" {
		return "", nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("plunge directory: %w", err)
	}
	if path := modfile.ModulePath(text); path != migrate.Module {
		return "", fmt.Errorf("plunge directory: %s has module %s, not %s", dir, path, migrate.Module)
	}
	if _, err := os.Stat(filepath.Join(dir, "pool", "syncpool")); err != nil {
		return "", fmt.Errorf("plunge directory: there is no package pool/syncpool, take a newer version: %w", err)
	}
	return dir, nil
}

// write makes the copy.
func (p *program) write() (*Summary, error) {
	if err := copyTree(p.root, p.to); err != nil {
		return nil, err
	}
	s := &Summary{Root: p.root, To: p.to, Module: p.mod.Module.Mod.Path}
	if err := p.require(s); err != nil {
		return nil, err
	}
	if err := errors.Join(run(p.to, "mod", "vendor"), p.language()); err != nil {
		return nil, err
	}
	deps, err := output(p.to, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", migrate.SyncPool)
	if err != nil {
		return nil, err
	}
	keep := strings.Fields(deps)
	own := func(dir string) string { return strings.TrimSuffix(s.Module+"/"+filepath.ToSlash(dir), "/.") }
	for _, path := range keep {
		if path == s.Module || strings.HasPrefix(path, s.Module+"/") {
			return nil, fmt.Errorf("plunge itself imports %s, which therefore cannot import plunge", path)
		}
	}
	if err := rewrite(p.to, ownDirs, own, func(path string, n int) { s.add(path, n, true) }); err != nil {
		return nil, err
	}
	vendored := func(dir string) string {
		if path := filepath.ToSlash(dir); !slices.Contains(keep, path) {
			return path
		}
		return ""
	}
	return s, rewrite(filepath.Join(p.to, "vendor"), allDirs, vendored, func(path string, n int) { s.add(path, n, false) })
}

// clear removes what was written.
func clear(to string, existed bool) error {
	if !existed {
		return os.RemoveAll(to)
	}
	entries, err := os.ReadDir(to)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(to, e.Name())))
	}
	return err
}
