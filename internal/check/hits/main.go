// Command hits writes the functions of a hit, shard/hits.go, from their template. It is run by `go generate ./shard`.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"text/template"
)

func main() {
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "hits:", err)
		os.Exit(1)
	}
}

func write(from, to string) error {
	text, err := generate(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}

// generate returns the file that a template makes.
func generate(from string) ([]byte, error) {
	text, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	t, err := template.New(from).Option("missingkey=zero").Funcs(template.FuncMap{"dict": dict}).Parse(string(text))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("// Code generated from hits.tmpl by internal/check/hits. DO NOT EDIT.\n\n")
	if err := t.Execute(&b, nil); err != nil {
		return nil, err
	}
	return format.Source(b.Bytes())
}

// dict returns the map of names and values that follow each other, for a part of a template.
func dict(pairs ...string) map[string]string {
	d := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		d[pairs[i]] = pairs[i+1]
	}
	return d
}
