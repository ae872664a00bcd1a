// Command lines prints how many lines of Go each package has: code, tests, comments, and what is
// generated. A line with code and a comment is code. Empty lines do not count.
package main

import (
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// counts are the lines of a package.
type counts struct{ code, comments, tests, generated int }

func (c *counts) add(d counts) {
	c.code += d.code
	c.comments += d.comments
	c.tests += d.tests
	c.generated += d.generated
}

// generated matches how a file says that it is generated: see go help generate.
var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func main() {
	dirs, err := count(os.DirFS("."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "lines:", err)
		os.Exit(1)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "code\tcomments\ttests\tgenerated\t  package")
	groups := map[string]counts{}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		c := dirs[dir]
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t  %s\n", c.code, c.comments, c.tests, c.generated, dir)
		g := groups[group(dir)]
		g.add(c)
		groups[group(dir)] = g
	}
	fmt.Fprintln(w, "\t\t\t\t")
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		c := groups[name]
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t  %s in all\n", c.code, c.comments, c.tests, c.generated, name)
	}
	w.Flush()
}

// group is the part of the project that a directory belongs to.
func group(dir string) string {
	switch {
	case dir == "bench" || strings.HasPrefix(dir, "bench/"):
		return "the bench"
	case strings.HasPrefix(dir, "internal/check/"):
		return "the checkers"
	}
	return "the library"
}

// count counts the Go files of a tree by their directories.
func count(tree fs.FS) (map[string]counts, error) {
	dirs := map[string]counts{}
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		text, err := fs.ReadFile(tree, path)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		c := dirs[dir]
		c.add(file(path, text))
		dirs[dir] = c
		return nil
	})
	return dirs, err
}

// file counts the lines of one file.
func file(path string, text []byte) counts {
	code, comment := lines(text)
	switch {
	case generated.Match(text):
		return counts{generated: code + comment}
	case strings.HasSuffix(path, "_test.go"):
		return counts{tests: code + comment}
	}
	return counts{code: code, comments: comment}
}

// lines counts the lines that have code, and those that have a comment and no code.
func lines(text []byte) (code, comment int) {
	set := token.NewFileSet()
	f := set.AddFile("", set.Base(), len(text))
	var s scanner.Scanner
	s.Init(f, text, nil, scanner.ScanComments)
	kind := map[int]bool{} // line number to whether there is code
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue
		}
		first := f.Line(pos)
		for i := range 1 + strings.Count(lit, "\n") {
			kind[first+i] = kind[first+i] || tok != token.COMMENT
		}
	}
	for _, isCode := range kind {
		if isCode {
			code++
		} else {
			comment++
		}
	}
	return code, comment
}
