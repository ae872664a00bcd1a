package registry

import "testing"

type fake struct{ closed bool }

func (f *fake) Closed() bool { return f.closed }
func (f *fake) Info() any    { return f }

// Pools that are gone or closed are forgotten, by All and, at the latest, when there are twice as many.
func TestForgets(t *testing.T) {
	stays := &fake{}
	add(func() Pool { return stays })
	for i := range 10_000 {
		switch p := (&fake{closed: true}); i % 2 {
		case 0:
			add(func() Pool { return p })
		default:
			add(func() Pool { return nil })
		}
		if len(pools) > 16 {
			t.Fatalf("%d pools are kept, want 16 at most while one is there", len(pools))
		}
	}
	if all := All(); len(all) != 1 || all[0] != Pool(stays) || len(pools) != 1 {
		t.Errorf("%v, %d kept; want the one that is there", all, len(pools))
	}
	stays.closed = true
	if all := All(); len(all) != 0 {
		t.Errorf("%v are listed, want none", all)
	}
}

// Many pools are all listed, in order, and keep their IDs.
func TestOrder(t *testing.T) {
	var want []*fake
	for range 100 {
		p := &fake{}
		want = append(want, p)
		add(func() Pool { return p })
	}
	for i, p := range All() {
		if p.Info() != any(want[i]) {
			t.Fatalf("place %d has another pool", i)
		}
	}
	before := Entries()
	for _, p := range want[:50] {
		p.closed = true
	}
	for i, e := range Entries() {
		if e != before[50+i] {
			t.Errorf("place %d: %+v, want %+v as before", i, e, before[50+i])
		}
	}
	for _, p := range want {
		p.closed = true
	}
}
