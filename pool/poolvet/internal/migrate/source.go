package migrate

import (
	"maps"
	"slices"
)

// Source rewrites one file: every sync.Pool becomes a syncpool.Pool. declared has the names that the other files of
// the package declare. Source returns the new text, or src itself if there is nothing to do. It also returns how
// many pools the file declares; an array or slice counts as one.
func Source(name string, src []byte, declared map[string]bool) ([]byte, int, error) {
	f, err := parse(name, src)
	if err != nil {
		return nil, 0, err
	}
	if len(f.uses) == 0 {
		return src, 0, nil
	}
	out, err := apply(src, f.rewrite(f.uses, declared, &change{}))
	return out, f.pools(f.uses), err
}

// Declared returns the names that a file declares in the scope of its package; none if it
// cannot be parsed.
func Declared(name string, src []byte) map[string]bool {
	names := map[string]bool{}
	if f, err := parse(name, src); err == nil {
		f.declared(names)
	}
	return names
}

// change says what to do to a file besides replacing names.
type change struct {
	edits   []edit
	dropped map[int]importKey // mentions of imports that the edits remove, by offset
	pool    string            // the name of package pool in the edits; "" if they do not use it
}

// rewrite returns the edits that replace the given uses of sync.Pool, including those of imports.
func (f *file) rewrite(uses []use, declared map[string]bool, c *change) []edit {
	edits := slices.Clone(c.edits)
	var im imports
	if c.pool != "" {
		im.add(f, c.pool, PoolPath)
	}
	dropped := maps.Clone(c.dropped)
	if dropped == nil {
		dropped = map[int]importKey{}
	}
	if len(uses) > 0 {
		name := f.nameFor(SyncPool, "syncpool", declared)
		im.add(f, name, SyncPool)
		for _, u := range uses {
			start, end, text := f.offset(u.expr.Pos()), f.offset(u.expr.End()), name+".Pool"
			if u.name != nil {
				end, text = f.offset(u.name.End()), name
			}
			edits = append(edits, edit{start, end, text})
			dropped[start] = u.imported()
		}
	}
	im.prune(f, declared, dropped)
	return append(edits, im.edits(f)...)
}
