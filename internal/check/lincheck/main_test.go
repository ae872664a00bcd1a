package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// What make lincheck does for long.
func TestRun(t *testing.T) {
	var b strings.Builder
	s := settings{time: 2 * time.Second, limit: 5 * time.Second, seed: uint64(time.Now().UnixNano()), only: regexp.MustCompile("")}
	good := run(&b, s)
	t.Log(b.String())
	if !good {
		t.Error("not all is well, see above")
	}
}
