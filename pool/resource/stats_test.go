package resource

import (
	"encoding/json"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

// The flat form has every field of Stats under its JSON name.
func TestStatsForms(t *testing.T) {
	var s Stats
	n := uint64(1)
	var set func(v reflect.Value)
	set = func(v reflect.Value) {
		for i := range v.NumField() {
			n++
			switch f := v.Field(i); f.Kind() {
			case reflect.Struct:
				set(f)
			case reflect.String:
				f.SetString("db")
			case reflect.Uint64:
				f.SetUint(n)
			default:
				f.SetInt(int64(n))
			}
		}
	}
	set(reflect.ValueOf(&s).Elem())
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var nested map[string]any
	if err := json.Unmarshal(b, &nested); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	for k, v := range nested {
		if by, ok := v.(map[string]any); ok {
			for r, v := range by {
				want["closed_"+r] = v
			}
			continue
		}
		want[k] = v
	}
	m := s.Map()
	if len(m) != len(want) {
		t.Errorf("Map has %d entries, want %d", len(m), len(want))
	}
	for k, v := range want {
		if got, err := json.Marshal(m[k]); err != nil || string(got) != strings.TrimSpace(mustJSON(t, v)) {
			t.Errorf("Map: %s is %s, want %v", k, got, v)
		}
	}
	if g := s.LogValue().Group(); len(g) != len(m) || g[0].Key != "name" || g[0].Value.Kind() != slog.KindString {
		t.Errorf("LogValue: got %v", g)
	}
	if s.ClosedBy.Total() == 0 || !strings.HasPrefix(s.String(), "db: ") || !strings.HasPrefix(Stats{}.String(), "resource pool: ") {
		t.Errorf("String: got %v", s)
	}
}

func mustJSON(t *testing.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Waits are counted with their times, and the figures of pool.All add up.
func TestStatsCount(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 1, Name: "counted"})
	h := get(t, p)
	done := make(chan struct{})
	go func() {
		get(t, p).Release()
		close(done)
	}()
	waiting(t, p, 1)
	time.Sleep(10 * time.Millisecond)
	h.Release()
	<-done
	st := p.Stats()
	if st.Waited != 2 || st.LongestWait < 10*time.Millisecond || st.WaitTime < st.LongestWait || st.Acquired != 2 || st.Peak != 1 {
		t.Errorf("got %+v, want 2 waits, one of 10 ms or more", st)
	}
	get(t, p).Hijack()
	get(t, p).Discard(errBroken)
	h = get(t, p)
	until(t, "the discarded is closed", func() bool { return p.Stats().Live == 1 })
	for i := range pool.All() {
		if s := i.Stats; i.Name == "counted" && (s.Created+s.Warmed != uint64(s.InUse+s.Idle)+s.Discarded.Total() || s.Acquired != s.Reused+s.Created || s.InUse != 1) {
			t.Errorf("pool.All: got %+v, want it balanced", i)
		}
	}
	if p.Name() != "counted" || p.InUse() != 1 {
		t.Errorf("got name %q, %d in use", p.Name(), p.InUse())
	}
	h.Release()
	shutDown(t, p, nil)
}
