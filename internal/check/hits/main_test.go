package main

import (
	"bytes"
	"os"
	"testing"
)

// The functions of a hit are what their template makes.
func TestHitsAreGenerated(t *testing.T) {
	got, err := os.ReadFile("../../../shard/hits.go")
	if err != nil {
		t.Fatal(err)
	}
	want, err := generate("../../../shard/hits.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("shard/hits.go is not what shard/hits.tmpl makes: run go generate ./shard")
	}
}
