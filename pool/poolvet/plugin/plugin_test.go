package plugin

import (
	"testing"

	"github.com/golangci/plugin-module-register/register"

	"github.com/plungepool/plunge/pool/poolvet"
)

// golangci-lint finds the linter poolvet, with all analyzers and the types that they need.
func TestRegistered(t *testing.T) {
	open, err := register.GetPlugin("poolvet")
	if err != nil {
		t.Fatal(err)
	}
	l, err := open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.BuildAnalyzers(); err != nil || len(got) != len(poolvet.Analyzers) || got[0] != poolvet.Analyzers[0] {
		t.Errorf("BuildAnalyzers: got %v and %v, want poolvet.Analyzers", got, err)
	}
	if got := l.GetLoadMode(); got != register.LoadModeTypesInfo {
		t.Errorf("GetLoadMode: got %q, want %q", got, register.LoadModeTypesInfo)
	}
}

// Any setting is an error, because the linter has none.
func TestSettings(t *testing.T) {
	open, err := register.GetPlugin("poolvet")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(map[string]any{"disable": "boxedslice"}); err == nil {
		t.Error("settings: got no error")
	}
}
