package migrate

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Options say what to migrate.
type Options struct {
	Dir      string   // "": the current directory
	Patterns []string // of packages; none: ./...
	Tags     string   // build tags, as for go build -tags
	Typed    bool     // pool.Pool[T] in simple cases
}

// Plan says what happens to the sync.Pools of a program.
type Plan struct {
	Files []*File // those that name sync.Pool, by name

	pkgs  []*packages.Package
	flow  *flow
	files map[string]*planned
	typed map[node]*typed
	names map[string]map[string]bool // by directory, what its files declare
}

// File says what happens to one file.
type File struct {
	Name     string
	Package  string // its path
	Findings []Finding
	Pools    int // declared in the file and rewritten; an array or slice counts as one
	src      []byte
	edits    []edit
}

// Finding is the message about one mention of sync.Pool.
type Finding struct {
	Start, End int // offsets
	Message    string
	Stays      bool
}

// planned is a file and how it was seen.
type planned struct {
	*file
	pkg       *packages.Package
	generated bool
	ignored   bool // not part of this build
	cgo       bool // the compiled text is made by cgo
}

// Load makes the plan. It fails if the packages have errors, or are plunge's own.
func Load(o Options) (*Plan, error) {
	conf := packages.Config{Mode: packages.LoadSyntax | packages.NeedModule, Dir: o.Dir, Tests: true}
	if o.Tags != "" {
		conf.BuildFlags = []string{"-tags=" + o.Tags}
	}
	patterns := o.Patterns
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	pkgs, err := packages.Load(&conf, patterns...)
	if err != nil {
		return nil, err
	}
	pl := &Plan{files: map[string]*planned{}, typed: map[node]*typed{}, names: map[string]map[string]bool{}}
	if err := pl.choose(pkgs); err != nil {
		return nil, err
	}
	if err := pl.read(); err != nil {
		return nil, err
	}
	pl.decide()
	if o.Typed {
		for _, p := range pl.pkgs {
			pl.typedPools(p)
		}
		pl.settle()
	}
	for _, name := range slices.Sorted(maps.Keys(pl.files)) {
		if f := pl.finish(pl.files[name]); len(f.Findings) > 0 {
			pl.Files = append(pl.Files, f)
		}
	}
	return pl, nil
}

// choose takes the packages of the main module, or of a workspace's modules, that have no errors.
func (pl *Plan) choose(pkgs []*packages.Package) error {
	var errs []error
	for _, p := range pkgs {
		for _, e := range p.Errors {
			errs = append(errs, e)
		}
		main := p.PkgPath == "command-line-arguments"
		if p.Module != nil {
			main = p.Module.Main
		}
		if !main || strings.HasSuffix(p.ID, ".test") {
			continue // a dependency, the standard library, the main package of a test
		}
		if p.Module != nil && p.Module.Path == Module {
			return errors.New("the module is plunge itself, which cannot import its own packages everywhere")
		}
		pl.pkgs = append(pl.pkgs, p)
	}
	switch {
	case len(errs) > 0:
		return fmt.Errorf("the packages have errors; make `go vet` pass first, or give -tags:\n%w", errors.Join(errs[:min(len(errs), 10)]...))
	case len(pl.pkgs) == 0:
		return errors.New("no package of this module matches; ./... are all below the current directory")
	}
	pl.flow = newFlow(pl.pkgs[0].Fset)
	packages.Visit(pkgs, nil, func(p *packages.Package) { pl.flow.modules[p.PkgPath] = p.Module })
	for _, p := range pl.pkgs {
		pl.flow.ours[p.PkgPath] = true
	}
	return nil
}

// read parses every file of the packages, also for other platforms.
func (pl *Plan) read() error {
	for _, p := range pl.pkgs {
		for i, name := range slices.Concat(p.GoFiles, p.IgnoredFiles) {
			if pl.files[name] != nil || filepath.Ext(name) != ".go" {
				continue
			}
			ignored := i >= len(p.GoFiles)
			src, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			f, err := parse(name, src)
			if err != nil && ignored {
				continue // a template, perhaps
			} else if err != nil {
				return err
			}
			dir := filepath.Dir(name)
			if pl.names[dir] == nil {
				pl.names[dir] = map[string]bool{}
			}
			f.declared(pl.names[dir])
			pl.files[name] = &planned{
				file: f, pkg: p, generated: ast.IsGenerated(f.syntax), ignored: ignored,
				cgo: !ignored && !slices.Contains(p.CompiledGoFiles, name),
			}
		}
	}
	return nil
}

// compiled returns the file at a position, if its own text was compiled and it may be edited.
func (pl *Plan) compiled(p *packages.Package, pos token.Pos) *planned {
	f := pl.files[p.Fset.File(pos).Name()]
	if f == nil || f.generated {
		return nil
	}
	return f
}

// written returns where a node is in its file.
func written(fset *token.FileSet, n ast.Node) position {
	p := fset.PositionFor(n.Pos(), false)
	return position{p.Line, p.Column}
}

// decide finds out which pools stay.
func (pl *Plan) decide() {
	for _, p := range pl.pkgs {
		for _, syntax := range p.Syntax {
			w := &walker{flow: pl.flow, info: p.TypesInfo, uses: map[position]bool{}}
			w.file = p.Fset.File(syntax.FileStart).Name()
			w.place = func(n ast.Node) position { return written(p.Fset, n) }
			if pl.files[w.file] == nil { // made by cgo, which notes the original line of each line
				w.file = p.Fset.Position(syntax.Package).Filename
				w.place = func(n ast.Node) position {
					at := p.Fset.Position(n.Pos())
					return position{at.Line, at.Column}
				}
			}
			if f := pl.files[w.file]; f != nil {
				for _, u := range f.uses {
					w.uses[u.where] = true
				}
			}
			w.meet(p, syntax)
		}
	}
	kept := map[string]bool{} // directories
	for _, f := range pl.files {
		for _, u := range f.uses {
			if f.generated {
				why := "it meets code in " + filepath.Base(f.name) + ", which is generated: change the generator"
				pl.flow.keep(useNode(f.name, u.where), why)
			}
		}
	}
	for _, f := range pl.files {
		for _, u := range f.uses {
			if pl.flow.why(useNode(f.name, u.where)) != "" {
				kept[filepath.Dir(f.name)] = true
			}
		}
	}
	for _, f := range pl.files {
		if !f.ignored || !kept[filepath.Dir(f.name)] {
			continue
		}
		for _, u := range f.uses {
			pl.flow.keep(useNode(f.name, u.where),
				"its file is not part of this build, and another pool of the package stays: "+
					"run this again with the GOOS, GOARCH or -tags of the file")
		}
	}
}

// settle drops the typed pools that turn out not to be possible.
func (pl *Plan) settle() {
	for n, t := range pl.typed {
		t.bad = t.bad || pl.flow.why(useNode(t.file, t.use)) != ""
		for _, f := range pl.files {
			if filepath.Dir(f.name) != filepath.Dir(t.file) || !f.ignored && !f.cgo && !f.generated {
				continue
			}
			names := map[string]bool{}
			f.identifiers(names)
			t.bad = t.bad || names[t.name]
		}
		if t.bad {
			delete(pl.typed, n)
		}
	}
}

// importable tells whether other modules can import what a file declares.
func (pl *Plan) importable(f *planned) bool {
	internal := slices.Contains(strings.Split(f.pkg.PkgPath, "/"), "internal")
	return f.pkg.Name != "main" && !internal && !strings.HasSuffix(f.name, "_test.go")
}

// finish makes the findings and edits of a file.
func (pl *Plan) finish(f *planned) *File {
	out := &File{Name: f.name, Package: f.pkg.PkgPath, src: f.src}
	c := change{dropped: map[int]importKey{}}
	declared := pl.names[filepath.Dir(f.name)]
	became := map[position]string{}
	for _, t := range pl.typed {
		c.edits = append(c.edits, t.edits[f.name]...)
		if edits := t.edits[f.name]; len(edits) > 0 && t.file != f.name {
			message := t.name + " can be a pool.Pool[" + t.elem + "]"
			out.Findings = append(out.Findings, Finding{Start: edits[0].start, End: edits[0].end, Message: message})
		}
		for at, k := range t.dropped[f.name] {
			c.dropped[at] = k
		}
		if t.file == f.name {
			c.pool = f.nameFor(PoolPath, "pool", declared)
			c.edits = append(c.edits, t.literal(c.pool)...)
			became[t.use] = "pool.Pool[" + t.elem + "]"
		}
	}
	var uses, gone []use
	for _, u := range f.uses {
		finding := Finding{Start: f.offset(u.expr.Pos()), End: f.offset(u.expr.End())}
		if why := pl.flow.why(useNode(f.name, u.where)); why != "" {
			finding.Stays, finding.Message = true, "sync.Pool stays: "+why
		} else if kind := became[u.where]; kind != "" {
			gone = append(gone, u)
			c.dropped[finding.Start] = u.imported()
			finding.Message = "sync.Pool can be a " + kind
		} else {
			uses = append(uses, u)
			finding.Message = "sync.Pool can be a syncpool.Pool"
			if pl.importable(f) && f.exported(u) {
				finding.Message += "; it is part of an exported API: what other modules pass or take there changes with it"
			}
			if len(pl.flow.stays) > 0 && f.asserted(u) {
				finding.Message += "; an interface is asked for it, and some pools stay: see which kind this one is"
			}
		}
		out.Findings = append(out.Findings, finding)
	}
	out.Pools = f.pools(slices.Concat(uses, gone))
	slices.SortFunc(out.Findings, func(a, b Finding) int { return cmp.Compare(a.Start, b.Start) })
	if len(uses) > 0 || len(c.edits) > 0 {
		out.edits = inOrder(f.rewrite(uses, declared, &c))
	}
	return out
}
