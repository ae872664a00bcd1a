package main

import (
	"bufio"
	"strings"
	"testing"
)

// dump is what go tool objdump writes of a program with all functions of a hit.
const dump = `TEXT github.com/plungepool/plunge/shard.GetBy[go.shape.*uint8,go.shape.struct {}](SB) /p/shard/bag.go
  hits.go:190	0x1000	4883ec28	SUBQ $0x28, SP
TEXT github.com/plungepool/plunge/shard.TryGetBy[go.shape.*uint8,go.shape.struct {}](SB) /p/shard/bag.go
  hits.go:220	0x1010	4883ec28	SUBQ $0x28, SP
TEXT github.com/plungepool/plunge/shard.PutBy[go.shape.struct { main.a *int },go.shape.struct {}](SB) /p/shard/bag.go
  hits.go:260	0x1020	4883ec28	SUBQ $0x28, SP
  PUT
TEXT github.com/plungepool/plunge/shard.GetNBy[go.shape.*uint8,go.shape.struct {}](SB) /p/shard/batch.go
  hits.go:22	0x1030	4883ec28	SUBQ $0x28, SP
TEXT github.com/plungepool/plunge/shard.PutNBy[go.shape.*uint8,go.shape.struct {}](SB) /p/shard/batch.go
  hits.go:244	0x1040	4883ec28	SUBQ $0x28, SP
TEXT github.com/plungepool/plunge/shard.GetSized(SB) /p/shard/sizes.go
  hits.go:180	0x1050	4883ec28	SUBQ $0x28, SP
TEXT github.com/plungepool/plunge/shard.PutSized(SB) /p/shard/sizes.go
  hits.go:230	0x1060	4883ec28	SUBQ $0x28, SP
TEXT github.com/plungepool/plunge/shard.(*lazy[go.shape.*uint8,go.shape.struct {}]).prepare(SB) /p/shard/slow.go
  slow.go:190	0x1070	4883ec28	SUBQ $0x28, SP
  MISS
`

func TestJudge(t *testing.T) {
	const hook = "  hooks.go:30	0x1080	4883ec28	SUBQ $0x28, SP"
	for _, c := range []struct{ name, put, miss, without, want string }{
		{name: "as it should be", miss: hook},
		{name: "a hook in a hit", put: hook, miss: hook, want: "has lines of hooks.go"},
		{name: "another package in a hit", put: "  pool.go:30	0x1080	4883ec28	SUBQ $0x28, SP", miss: hook, want: "has lines of pool.go"},
		{name: "no hook inlined", want: "the profile says nothing"},
		{name: "a hit is missing", miss: hook, without: "PutSized", want: "PutSized is not in the program"},
	} {
		text := strings.NewReplacer("  PUT", c.put, "  MISS", c.miss).Replace(dump)
		if c.without != "" {
			text = strings.ReplaceAll(text, "shard."+c.without, "shard.other")
		}
		f := &found{map[string][]string{}, map[string]bool{}}
		f.read(bufio.NewScanner(strings.NewReader(text)))
		switch err := f.judge(); {
		case err == nil && c.want != "":
			t.Errorf("%s: no error, want %q", c.name, c.want)
		case err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
