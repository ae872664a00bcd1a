package progress

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestLines(t *testing.T) {
	var b bytes.Buffer
	p := New(&b, false, 100*time.Second)
	p.Start("one", time.Second)
	p.Tick(0.5)
	p.Tick(1)
	p.Start("two", 99*time.Second)
	p.Finish()
	want := "  0%  one                    about 1m40s left\n  1%  two                    about 1m39s left\n"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBar(t *testing.T) {
	var b bytes.Buffer
	p := New(&b, true, time.Second)
	p.Start("one", time.Second)
	p.Tick(1)
	p.Finish()
	if got := b.String(); !strings.Contains(got, "one") || !strings.Contains(got, "\r") {
		t.Errorf("got %q", got)
	}
}
