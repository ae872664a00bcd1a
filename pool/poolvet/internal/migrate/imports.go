package migrate

import (
	"bytes"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// importKey is one import of a file.
type importKey struct{ name, path string }

// imports are the changes to the imports of a file.
type imports struct {
	added   []importKey
	removed map[*ast.ImportSpec]bool
}

// nameFor returns the name that a file uses for a package: the name of an import that it has, else base, or a name
// made from base if the file or the package uses base for something else.
func (f *file) nameFor(path, base string, declared map[string]bool) string {
	for _, spec := range f.imports(path) {
		if name := importName(spec); name != "." && name != "_" {
			return name
		}
	}
	taken := map[string]bool{}
	f.identifiers(taken)
	name := base
	for i := 1; taken[name] || declared[name]; i++ {
		name = "plunge" + base
		if i > 1 {
			name += strconv.Itoa(i)
		}
	}
	return name
}

// add makes the file import a package, unless it already imports it by that name.
func (im *imports) add(f *file, name, path string) {
	for _, spec := range f.imports(path) {
		if importName(spec) == name {
			return
		}
	}
	im.added = append(im.added, importKey{name, path})
}

// prune removes the imports whose last mentions are in dropped.
func (im *imports) prune(f *file, declared map[string]bool, dropped map[int]importKey) {
	im.removed = map[*ast.ImportSpec]bool{}
	gone := map[importKey]int{}
	for _, k := range dropped {
		gone[k]++
	}
	for k, n := range gone {
		left := f.mentions(k.name, declared) - n
		for _, spec := range f.imports(k.path) {
			if left <= 0 && (spec.Name == nil && k.name != "." || spec.Name != nil && spec.Name.Name == k.name) {
				im.removed[spec] = true
			}
		}
	}
}

// mentions counts the uses of an import's name. For a dot import it counts the uses of exported names that the
// package does not declare.
func (f *file) mentions(name string, declared map[string]bool) int {
	n := 0
	for id := range f.free {
		if id.Name == name || name == "." && id.IsExported() && !declared[id.Name] {
			n++
		}
	}
	return n
}

// edits returns the edits of the file's imports. gofmt then sorts the imports, and keeps groups apart.
func (im *imports) edits(f *file) []edit {
	var edits []edit
	text := im.text()
	for _, d := range f.syntax.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok || d.Tok != token.IMPORT {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(d.Specs), func(s ast.Spec) bool { return im.removed[s.(*ast.ImportSpec)] })
		switch {
		case len(left) == len(d.Specs):
		case len(left) == 0 && text != nil:
			// All imports of the declaration are removed: the new ones take the place of the first.
			first := d.Specs[0].(*ast.ImportSpec)
			sep := "\n\t"
			if !d.Lparen.IsValid() {
				sep = "\nimport "
			}
			edits = append(edits, edit{f.offset(first.Pos()), f.offset(first.End()), strings.Join(text, sep)})
			text = nil
			for _, s := range d.Specs[1:] {
				edits = append(edits, f.deleteSpec(s.(*ast.ImportSpec)))
			}
		case len(left) == 0 && !f.comments(f.offset(d.Pos()), f.offset(d.End())):
			edits = append(edits, f.deleteLine(f.offset(d.Pos()), f.offset(d.End())))
		default:
			for _, s := range d.Specs {
				if s := s.(*ast.ImportSpec); im.removed[s] {
					edits = append(edits, f.deleteSpec(s))
				}
			}
		}
	}
	if text != nil {
		edits = append(edits, im.insertion(f, text)...)
	}
	return edits
}

// text returns the specs of the imports that are added.
func (im *imports) text() []string {
	var text []string
	for _, k := range im.added {
		spec := strconv.Quote(k.path)
		if !strings.HasSuffix(k.path, "/"+k.name) {
			spec = k.name + " " + spec
		}
		text = append(text, spec)
	}
	return text
}

// insertion puts specs behind the last import from outside the standard library. If there is none, the specs become
// a group at the end of the first declaration in parentheses. A single import gets parentheses.
func (im *imports) insertion(f *file, text []string) []edit {
	var last, paren *ast.GenDecl
	var other *ast.ImportSpec
	single := 0
	for _, d := range f.syntax.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok || d.Tok != token.IMPORT {
			continue
		}
		if !d.Lparen.IsValid() {
			if importPath(d.Specs[0].(*ast.ImportSpec)) != "C" {
				single++
			}
			last = d
			continue
		}
		if paren == nil {
			paren = d
		}
		for _, s := range d.Specs {
			s := s.(*ast.ImportSpec)
			if first, _, _ := strings.Cut(importPath(s), "/"); strings.Contains(first, ".") && !im.removed[s] {
				other = s
			}
		}
	}
	switch {
	case other != nil:
		end := f.endOf(other)
		return []edit{{end, end, "\n\t" + strings.Join(text, "\n\t")}}
	case paren != nil:
		at := f.offset(paren.Rparen)
		if line := f.lineStart(at); len(bytes.TrimSpace(f.src[line:at])) == 0 {
			at = line
		}
		return []edit{{at, at, "\n\t" + strings.Join(text, "\n\t") + "\n"}}
	case single == 1 && importPath(last.Specs[0].(*ast.ImportSpec)) != "C":
		s := last.Specs[0].(*ast.ImportSpec)
		start, end := f.offset(s.Pos()), f.endOf(s)
		return []edit{{start, start, "(\n\t"}, {end, end, "\n\n\t" + strings.Join(text, "\n\t") + "\n)"}}
	default:
		at := f.endOf(last.Specs[0].(*ast.ImportSpec))
		return []edit{{at, at, "\nimport " + strings.Join(text, "\nimport ")}}
	}
}

// endOf returns where a spec ends, with the comment behind it.
func (f *file) endOf(s *ast.ImportSpec) int {
	if s.Comment != nil {
		return f.offset(s.Comment.End())
	}
	return f.offset(s.End())
}

// deleteSpec removes a spec, with the comment behind it.
func (f *file) deleteSpec(s *ast.ImportSpec) edit {
	return f.deleteLine(f.offset(s.Pos()), f.endOf(s))
}

// deleteLine removes what is between two offsets, and the line if nothing else is on it.
func (f *file) deleteLine(start, stop int) edit {
	line, lineEnd := f.lineStart(start), f.lineEnd(stop)
	if len(bytes.TrimSpace(f.src[line:start])) == 0 && len(bytes.TrimSpace(f.src[stop:lineEnd])) == 0 {
		return edit{line, min(lineEnd+1, len(f.src)), ""}
	}
	// import ("a"; "b")
	rest := bytes.TrimLeft(f.src[stop:lineEnd], " \t")
	if bytes.HasPrefix(rest, []byte(";")) {
		stop = lineEnd - len(rest) + 1
	}
	return edit{start, stop, ""}
}

func (f *file) lineStart(at int) int { return bytes.LastIndexByte(f.src[:at], '\n') + 1 }

func (f *file) lineEnd(at int) int {
	if i := bytes.IndexByte(f.src[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(f.src)
}
