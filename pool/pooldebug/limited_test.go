package pooldebug

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/resource"
)

// newResources returns an unchecked pool of resources. It has the test's name and is closed at the test's end.
func newResources(t *testing.T, o resource.Options[*item]) *resource.Pool[*item] {
	t.Helper()
	t.Setenv("PLUNGE_CHECK", "")
	o.Name = t.Name()
	return openResources(t, o)
}

func openResources(t *testing.T, o resource.Options[*item]) *resource.Pool[*item] {
	t.Helper()
	if o.New == nil {
		o.New = func(context.Context) (*item, error) { return new(item), nil }
	}
	p, err := resource.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = p.Close(ctx)
	})
	return p
}

// get acquires a resource, and fails the test if there is none.
func get(t *testing.T, p *resource.Pool[*item]) *resource.Handle[*item] {
	t.Helper()
	h, err := p.Acquire(context.Background())
	if err != nil {
		t.Error(err)
	}
	return h
}

// waiter calls Acquire on a goroutine, and returns once that call waits.
func waiter(t *testing.T, p *resource.Pool[*item]) <-chan *resource.Handle[*item] {
	before := p.Stats().Waiting
	ch := make(chan *resource.Handle[*item], 1)
	go func() { ch <- get(t, p) }()
	for p.Stats().Waiting == before {
		time.Sleep(time.Millisecond)
	}
	return ch
}

// Every format shows the limit, waits and failures of a pool of resources, and nothing like that for other pools.
func TestResources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newResources(t, resource.Options[*item]{Max: 2, MaxWaiters: 2})
		plain := newPool(t, pool.Options[*item]{})
		use(plain, 1)
		a, b := get(t, p), get(t, p)
		first, second := waiter(t, p), waiter(t, p)
		if _, err := p.Acquire(context.Background()); !errors.Is(err, resource.ErrExhausted) {
			t.Errorf("one waiter too many: got %v", err)
		}
		time.Sleep(1500 * time.Millisecond)
		a.Release()
		(<-first).Discard(errors.New("broken"))
		(<-second).Release()
		b.Release()
		a, b = get(t, p), get(t, p)
		late, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := p.Acquire(late); err == nil {
			t.Error("Acquire with a deadline: got a resource")
		}
		third := waiter(t, p)
		defer func() {
			a.Release()
			b.Release()
			(<-third).Release()
		}()
		s := p.Stats()
		details := fmt.Sprintf("2 of 2 live; 1 waiting. %d of 6 Acquires waited, for %v on average and 1.5s at most. "+
			"Acquires that failed: timeout 1, exhausted 1. Closed: broken 1.", s.Waited, short(s.WaitTime/time.Duration(s.Waited)))

		h := Handler()
		text := ask(h, "GET", "/?format=text", "").Body.String()
		if want := "\nTestResources (1 of 2): " + details + "\n"; !strings.Contains(text, want) || strings.Count(text, "live;") != 1 || strings.Contains(text, "(resource):") {
			t.Errorf("the text is\n%s\nwant once\n%s", text, want)
		}
		page := ask(h, "GET", "/?format=html", "").Body.String()
		for _, want := range strings.SplitAfter(details, ". ") {
			if want := "<br><small>" + html.EscapeString(strings.TrimSpace(want)) + "</small>"; strings.Count(page, want) != 1 {
				t.Errorf("the page lacks %s:\n%s", want, page)
			}
		}
		if strings.Contains(page, "<dt>broken</dt>") {
			t.Errorf("the page explains a resource's reason as an object's:\n%s", page)
		}
		var all []struct {
			pool.Info
			Resource *resource.Stats
		}
		body := ask(h, "GET", "/?format=json", "").Body
		if err := json.Unmarshal(body.Bytes(), &all); err != nil || len(all) != 2 {
			t.Fatalf("%d pools, %v in JSON: %s", len(all), err, body)
		}
		if all[0].Kind != "resource" || all[0].Resource == nil || *all[0].Resource != s || all[0].Stats.InUse != 2 || all[1].Resource != nil {
			t.Errorf("got %+v, want the Stats of the first: %+v", all, s)
		}
		var infos []pool.Info
		if err := json.Unmarshal(body.Bytes(), &infos); err != nil || len(infos) != 2 || infos[1].Name != t.Name() {
			t.Errorf("as an array of pool.Info: %+v, %v", infos, err)
		}
	})
}

// Holders of resources are shown if the pool records them.
func TestResourceHolders(t *testing.T) {
	p := newResources(t, resource.Options[*item]{Max: 2, Stacks: true})
	h, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	page := ask(Handler(), "GET", "/?format=html", "").Body.String()
	h.Release()
	if !regexp.MustCompile(`1 object, acquired by</p>\s*<pre tabindex="0">[^\n]*pooldebug\.TestResourceHolders\n`).MatchString(page) {
		t.Errorf("the page lacks the stack:\n%s", page)
	}
}

// Each rule gives its advice, with the right figures, for a pool of resources in the state that it is for. A
// healthy pool has no advice.
func TestResourceAdvice(t *testing.T) {
	var down atomic.Bool
	failing := func(context.Context) (*item, error) {
		if down.Load() {
			return nil, errors.New("no")
		}
		return new(item), nil
	}
	check := func(context.Context, *item) error {
		if down.Load() {
			return errors.New("unfit")
		}
		return nil
	}
	// hold uses n resources at the same time, each for d.
	hold := func(t *testing.T, p *resource.Pool[*item], n int, d time.Duration) {
		done := make(chan bool)
		for range n {
			go func() {
				h := get(t, p)
				time.Sleep(d)
				h.Release()
				done <- true
			}()
		}
		for range n {
			<-done
		}
	}
	seconds := func(n int, do func()) {
		time.Sleep(500 * time.Millisecond) // so that calls and samples do not coincide
		for range n {
			time.Sleep(time.Second)
			do()
		}
	}
	for _, c := range []struct {
		name string
		o    resource.Options[*item]
		do   func(t *testing.T, p *resource.Pool[*item])
		want []string
	}{
		{
			"healthy",
			resource.Options[*item]{Max: 4, Check: check},
			func(t *testing.T, p *resource.Pool[*item]) {
				seconds(70, func() { hold(t, p, 4, 10*time.Millisecond) })
			},
			nil,
		},
		{
			"waits for a moment",
			resource.Options[*item]{Max: 4},
			func(t *testing.T, p *resource.Pool[*item]) {
				seconds(70, func() { hold(t, p, 8, 100*time.Microsecond) })
			},
			nil,
		},
		{
			"waits for New",
			resource.Options[*item]{Max: 100, New: func(context.Context) (*item, error) { time.Sleep(time.Second); return new(item), nil }},
			func(t *testing.T, p *resource.Pool[*item]) {
				seconds(1, func() { hold(t, p, 100, time.Second) })
				seconds(20, func() {})
			},
			nil,
		},
		{
			"waits",
			resource.Options[*item]{Max: 4},
			func(t *testing.T, p *resource.Pool[*item]) {
				seconds(66, func() { hold(t, p, 8, 200*time.Millisecond) })
			},
			[]string{`^Waits: \d+ of \d+ Acquires waited in the last minute, for 200ms on average; the longest wait since the pool was made took 200ms: Max is 4\. A larger Max`},
		},
		{
			"stuck",
			resource.Options[*item]{Max: 2},
			func(t *testing.T, p *resource.Pool[*item]) {
				a, b := get(t, p), get(t, p)
				waiting := waiter(t, p)
				t.Cleanup(func() { a.Release(); b.Release(); (<-waiting).Release() })
				seconds(70, func() {})
			},
			[]string{`^Nobody is served: 1 caller is waiting, and no Acquire was served in the last minute: 2 of 2 are in use\. .* resource\.Options\.Stacks finds`},
		},
		{
			"refused",
			resource.Options[*item]{Max: 1, MaxWaiters: -1},
			func(t *testing.T, p *resource.Pool[*item]) {
				h := get(t, p)
				seconds(70, func() { _, _ = p.Acquire(context.Background()) })
				h.Release()
			},
			[]string{`^Acquires fail: (59|60|61) of (59|60|61) Acquires got no resource in the last minute: .* Max is 1\.$`},
		},
		{
			"New fails",
			resource.Options[*item]{Max: 2, New: failing},
			func(t *testing.T, p *resource.Pool[*item]) {
				down.Store(true)
				seconds(70, func() { _, _ = p.Acquire(context.Background()) })
				down.Store(false)
			},
			[]string{`^New fails: (\d+) of (\d+) calls of New failed in the last minute\. Acquire returns their errors\.$`},
		},
		{
			"overdue",
			resource.Options[*item]{Max: 3, HookTimeout: time.Second, Close: func(context.Context, *item) error { time.Sleep(time.Hour); return nil }},
			func(t *testing.T, p *resource.Pool[*item]) {
				a, b := get(t, p), get(t, p)
				a.Discard(nil)
				b.Discard(nil)
				seconds(20, func() {})
			},
			[]string{`^Hooks are overdue: 2 hooks are overdue: .* place of the 3 of Max until it does\.$`},
		},
		{
			"unhealthy",
			resource.Options[*item]{Max: 2, Check: check},
			func(t *testing.T, p *resource.Pool[*item]) {
				seconds(70, func() {
					get(t, p).Release()
					down.Store(true)
					get(t, p).Release()
					down.Store(false)
				})
			},
			[]string{`^Unhealthy: Check refused (59|60|61) of \d+ objects that were to be handed out in the last minute \(3\d\.\d%\)`},
		},
		{
			"discarded",
			resource.Options[*item]{Max: 2},
			func(t *testing.T, p *resource.Pool[*item]) {
				seconds(70, func() {
					get(t, p).Release()
					get(t, p).Discard(errors.New("broken"))
				})
			},
			[]string{`^Discarded: Callers discarded (59|60|61) of \d+ objects with an error in the last minute \((49|50|51)\.\d%\); (59|60|61) objects were created\.$`},
		},
		{
			"over MaxIdle",
			resource.Options[*item]{Max: 4, MaxIdle: 1},
			func(t *testing.T, p *resource.Pool[*item]) { seconds(70, func() { hold(t, p, 4, time.Millisecond) }) },
			[]string{`^Over MaxIdle: 1\d\d objects were closed in the last minute because MaxIdle were idle, or Max was lowered; in that time 1\d\d objects were created\. A larger MaxIdle`},
		},
		{
			"idle",
			resource.Options[*item]{Max: 4, MaxIdleTime: time.Second},
			func(t *testing.T, p *resource.Pool[*item]) {
				seconds(8, func() { hold(t, p, 4, time.Millisecond); time.Sleep(20 * time.Second) })
			},
			[]string{`^Idle for MaxIdleTime: \d+ objects were closed in the last \d minutes because they were idle for MaxIdleTime; in that time \d+ objects were created\.`},
		},
		{
			"grows",
			resource.Options[*item]{Max: 1000},
			func(t *testing.T, p *resource.Pool[*item]) {
				seconds(200, func() { get(t, p) })
			},
			[]string{`^In use only grows: It rose from .* resource\.Options\.Stacks finds where`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("PLUNGE_CHECK", "")
			synctest.Test(t, func(t *testing.T) {
				c.o.Name = t.Name()
				p := openResources(t, c.o)
				var h history
				h.look()
				c.do(t, p)
				expect(t, &h, c.want...)
				h.mu.Lock()
				h.looked = time.Time{}
				h.mu.Unlock()
				time.Sleep(2 * time.Hour) // hooks that hang
			})
		})
	}
}

// A sample takes as much memory as the package's documentation says.
func TestSampleSize(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) < 8 {
		t.Skip("smaller")
	}
	plain := kept * int(unsafe.Sizeof(sample{}))
	limited := plain + kept*int(unsafe.Sizeof(resource.Stats{}))
	if plain > 16<<10 || limited > 36<<10 {
		t.Errorf("%d bytes, %d of package resource; want 16 and 36 KiB at most", plain, limited)
	}
}
