package trial

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/plungepool/plunge/pool/poolvet/internal/migrate"
)

// anchor is a package of the copy that imports syncpool. So go mod vendor finds syncpool, whatever the program's
// own packages import.
const anchor = "internal/plungetrial/plungetrial.go"

// require makes plunge a dependency of the copy.
func (p *program) require(s *Summary) error {
	m := p.mod
	for _, r := range slices.Clone(m.Replace) {
		if r.New.Version == "" && !filepath.IsAbs(r.New.Path) {
			// A relative path is relative to the original, which may move once the copy has its vendor directory.
			if err := m.AddReplace(r.Old.Path, r.Old.Version, filepath.Join(p.root, filepath.FromSlash(r.New.Path)), ""); err != nil {
				return err
			}
		}
	}
	get := []string{"get", "-t", "./...", migrate.Module + "@latest"} // go mod vendor needs the imports of tests, too
	if p.plunge != "" {
		get = get[:3]
		if err := errors.Join(m.AddReplace(migrate.Module, "", p.plunge, ""), m.AddRequire(migrate.Module, "v0.0.0")); err != nil {
			return err
		}
	}
	if err := p.save(); err != nil {
		return err
	}
	file := filepath.Join(p.to, filepath.FromSlash(anchor))
	text := "// Package plungetrial makes plunge a dependency of this copy of the program.\n" +
		"package plungetrial\n\nimport _ \"" + migrate.SyncPool + "\"\n"
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(text), 0o666)); err != nil {
		return err
	}
	log, err := combined(p.to, get...)
	if err != nil {
		if p.plunge == "" {
			err = fmt.Errorf("%w\nIf there is no release that has it, give -plunge a directory with plunge", err)
		}
		return err
	}
	for line := range strings.Lines(log) {
		if change, ok := strings.CutPrefix(strings.TrimSpace(line), "go: upgraded "); ok && !strings.HasPrefix(change, "go ") {
			s.Changes = append(s.Changes, change)
		}
	}
	return nil
}

// oldest is the first version of Go that records the language versions of vendored modules.
const oldest = "1.17"

// language sets the Go version in the copy's go.mod back to the original's. go get has raised it to plunge's
// version, and this version decides what the language, the runtime and go vet do. Vendored modules have versions of
// their own.
func (p *program) language() error {
	old := oldest
	if p.mod.Go != nil && version.Compare("go"+p.mod.Go.Version, "go"+oldest) > 0 {
		old = p.mod.Go.Version
	}
	name := filepath.Join(p.to, "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if p.mod, err = modfile.Parse(name, text, nil); err != nil {
		return err
	}
	if err := p.mod.AddGoStmt(old); err != nil {
		return err
	}
	return p.save()
}

// save writes the copy's go.mod.
func (p *program) save() error {
	p.mod.Cleanup()
	text, err := p.mod.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.to, "go.mod"), text, 0o666)
}

type goEnv struct{ mod, work string }

// environment returns the module and workspace files that the go command uses in a directory.
func environment(dir string) (goEnv, error) {
	cmd := exec.Command("go", "env", "-json", "GOMOD", "GOWORK")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return goEnv{}, fmt.Errorf("go env in %s: %w", dir, err)
	}
	var v struct{ GOMOD, GOWORK string }
	if err := json.Unmarshal(out, &v); err != nil {
		return goEnv{}, err
	}
	if v.GOWORK == "off" {
		v.GOWORK = ""
	}
	return goEnv{v.GOMOD, v.GOWORK}, nil
}

// command is a go command in the copy. It ignores the go.mod and vendor directory that the environment chooses for
// the original.
func command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	flags := slices.DeleteFunc(strings.Fields(os.Getenv("GOFLAGS")), func(f string) bool {
		f = strings.TrimLeft(f, "-")
		return strings.HasPrefix(f, "mod=") || strings.HasPrefix(f, "modfile=")
	})
	cmd.Env = append(cmd.Environ(), "GOWORK=off", "GOFLAGS="+strings.Join(flags, " "))
	return cmd
}

// run runs a go command. Its error includes what the command printed.
func run(dir string, args ...string) error {
	_, err := combined(dir, args...)
	return err
}

func combined(dir string, args ...string) (string, error) {
	out, err := command(dir, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return string(out), nil
}

func output(dir string, args ...string) (string, error) {
	cmd := command(dir, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return string(out), nil
}
