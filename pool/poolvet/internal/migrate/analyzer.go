package migrate

import (
	"go/token"

	"golang.org/x/tools/go/analysis"
)

// Analyzer returns the plan as an analyzer for the packages that it was made from. The first diagnostic of a file
// has all the file's edits as a suggested fix.
func (pl *Plan) Analyzer() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: "migrate",
		Doc:  "migrate: sync.Pool that can be a pool of plunge",
		URL:  "https://pkg.go.dev/" + Module + "/pool/poolvet",
		Run: func(pass *analysis.Pass) (any, error) {
			for _, f := range pl.Files {
				if f.Package == pass.Pkg.Path() {
					f.report(pass)
				}
			}
			return nil, nil
		},
	}
}

// report makes the diagnostics of a file.
func (f *File) report(pass *analysis.Pass) {
	var at *token.File
	for _, syntax := range pass.Files {
		if t := pass.Fset.File(syntax.FileStart); t.Name() == f.Name {
			at = t
		}
	}
	if at == nil { // not part of this build, or changed by cgo
		at = pass.Fset.AddFile(f.Name, -1, len(f.src))
		at.SetLinesForContent(f.src)
	}
	fix := f.fix(at)
	for _, finding := range f.Findings {
		d := analysis.Diagnostic{Pos: at.Pos(finding.Start), End: at.Pos(finding.End), Message: finding.Message}
		if !finding.Stays && fix != nil {
			d.SuggestedFixes, fix = fix, nil
		}
		pass.Report(d)
	}
}

func (f *File) fix(at *token.File) []analysis.SuggestedFix {
	if len(f.edits) == 0 {
		return nil
	}
	fix := analysis.SuggestedFix{Message: "Use plunge throughout the file"}
	for _, e := range f.edits {
		fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: at.Pos(e.start), End: at.Pos(e.end), NewText: []byte(e.text)})
	}
	return []analysis.SuggestedFix{fix}
}
