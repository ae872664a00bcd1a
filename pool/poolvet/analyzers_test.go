package poolvet

import (
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/analysis/passes/inspect"
)

// all runs every analyzer, so that the test data is loaded once.
var all = &analysis.Analyzer{
	Name: "all", Doc: "all of them",
	Requires: []*analysis.Analyzer{buildssa.Analyzer, inspect.Analyzer},
	Run: func(pass *analysis.Pass) (any, error) {
		for _, a := range Analyzers {
			if _, err := a.Run(pass); err != nil {
				return nil, err
			}
		}
		return nil, nil
	},
}

// The analyzers find exactly what the comments of the test data want.
func TestAnalyzers(t *testing.T) {
	names := []string{"leakedmain"}
	for _, a := range Analyzers {
		names = append(names, a.Name)
	}
	if err := analysis.Validate(Analyzers); err != nil {
		t.Error(err)
	}
	analysistest.Run(t, analysistest.TestData(), all, names...)
}
