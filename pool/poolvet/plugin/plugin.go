// Package plugin registers poolvet's analyzers with golangci-lint as the linter poolvet. The command "golangci-lint
// custom" builds a golangci-lint that imports it: see package poolvet.
package plugin

import (
	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/plungepool/plunge/pool/poolvet"
)

func init() { register.Plugin("poolvet", open) }

type linter struct{}

// open returns an error if there are settings.
func open(settings any) (register.LinterPlugin, error) {
	if _, err := register.DecodeSettings[struct{}](settings); err != nil {
		return nil, err
	}
	return linter{}, nil
}

func (linter) BuildAnalyzers() ([]*analysis.Analyzer, error) { return poolvet.Analyzers, nil }

func (linter) GetLoadMode() string { return register.LoadModeTypesInfo }
