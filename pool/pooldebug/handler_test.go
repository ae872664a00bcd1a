package pooldebug

import (
	"encoding/json"
	"expvar"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/pool"
)

// ask returns h's answer to a request with this Accept header.
func ask(h http.Handler, method, target, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// The format is what the query says, or else what Accept prefers: the page for browsers, text for curl.
func TestFormats(t *testing.T) {
	const (
		html = "text/html; charset=utf-8"
		text = "text/plain; charset=utf-8"
		json = "application/json"
	)
	h := Handler()
	for _, c := range []struct {
		target, accept string
		code           int
		kind           string
	}{
		{"/", "", 200, text},
		{"/", "*/*", 200, text},
		{"/", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", 200, html},
		{"/", "application/json", 200, json},
		{"/", "application/json, text/plain, */*", 200, json},
		{"/", "text/html;q=0.5, text/plain", 200, text},
		{"/", "text/html;q=x, nonsense/", 200, text},
		{"/", "text/html;q=0", 200, text},
		{"/", "image/png", 200, text},
		{"/?format=html", "*/*", 200, html},
		{"/?format=text", "text/html", 200, text},
		{"/?format=json", "text/html", 200, json},
		{"/?format=xml", "", 400, text},
	} {
		w := ask(h, http.MethodGet, c.target, c.accept)
		if got := w.Header().Get("Content-Type"); w.Code != c.code || got != c.kind {
			t.Errorf("%s, Accept %q: got %d, %s; want %d, %s", c.target, c.accept, w.Code, got, c.code, c.kind)
		}
	}
}

// Headers forbid to store the page, and to run anything but its own content. HEAD returns only the headers. Other
// methods are refused.
func TestHeaders(t *testing.T) {
	h := Handler()
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		w := ask(h, method, "/", "text/html")
		for name, want := range map[string]string{
			"Cache-Control":           "^no-store$",
			"Vary":                    "^Accept$",
			"X-Content-Type-Options":  "^nosniff$",
			"Content-Security-Policy": `^default-src 'none'; style-src 'sha256-[^']{44}'; img-src data:;`,
		} {
			if got := w.Header().Get(name); !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("%s: %s: got %q, want %s", method, name, got, want)
			}
		}
		if got, want := w.Code, 200; method != http.MethodPost && got != want {
			t.Errorf("%s: got %d, want %d", method, got, want)
		}
		if got := w.Body.Len(); method == http.MethodHead && got != 0 {
			t.Errorf("HEAD: got a body of %d bytes", got)
		}
		if allow := w.Header().Get("Allow"); method == http.MethodPost && (w.Code != 405 || allow != "GET, HEAD") {
			t.Errorf("POST: got %d, Allow %q; want 405 and GET, HEAD", w.Code, allow)
		}
	}
}

// A name is shown as it is, and never works as markup or as a command to a terminal.
func TestHostileName(t *testing.T) {
	const name = "</title><script>alert(1)</script>\" onload='x'\x1b[2J\n\t\u202e"
	p, err := pool.New(pool.Options[*item]{New: func() *item { return new(item) }, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	h := Handler()
	page := ask(h, "GET", "/?format=html", "").Body.String()
	if !strings.Contains(page, "&lt;script&gt;alert(1)") || strings.Contains(page, "<script") || strings.Contains(page, `" onload`) {
		t.Errorf("not escaped:\n%s", page)
	}
	text := ask(h, "GET", "/?format=text", "").Body.String()
	if !strings.Contains(text, `"</title><script>alert(1)</script>\" onload='x'\x1b[2J\n\t\u202e"`) || strings.Contains(text, "\x1b") {
		t.Errorf("not quoted:\n%s", text)
	}
	var all []pool.Info
	if err := json.Unmarshal(ask(h, "GET", "/?format=json", "").Body.Bytes(), &all); err != nil || len(all) != 1 || all[0].Name != name {
		t.Errorf("got %+v, %v; want the name as it is", all, err)
	}
}

// The text is aligned, numbers to the right, and says where to get pools if there are none.
func TestText(t *testing.T) {
	h := Handler()
	if got := ask(h, "GET", "/", "").Body.String(); got != noPools+"\n" {
		t.Errorf("without a pool: got %q, want %q", got, noPools)
	}
	if got := strings.TrimSpace(ask(h, "GET", "/?format=json", "").Body.String()); got != "[]" {
		t.Errorf("JSON without a pool: got %s, want []", got)
	}
	for range 2 {
		p := newPool(t, pool.Options[*item]{MaxIdle: 1000})
		use(p, 1200)
	}
	const want = `   IDLE  MAX IDLE  IN USE  HIT RATE  CREATED  DISCARDED  IDLE BYTES  POOL
  1,000     1,000       0      0.0%    1,200        200           -  TestText (1 of 2): full 200
  1,000     1,000       0      0.0%    1,200        200           -  TestText (2 of 2): full 200

TestText (1 of 2): Full discards: MaxIdle is 1,000 and peak idle was 1,000; 200 objects were dropped since the pool was made. A MaxIdle of 1,200 would have kept them.
`
	if got := ask(h, "GET", "/", "").Body.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The page has figures, lines once there are samples, the advice, and the reasons.
func TestPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, pool.Options[*item]{MaxIdle: 64})
		h := Handler()
		first := ask(h, "GET", "/?format=html&refresh=30", "").Body.String()
		if !strings.Contains(first, "reload the page in half a minute") || strings.Contains(first, "<svg") || strings.Contains(first, "see the advice") {
			t.Errorf("the first look: got\n%s", first)
		}
		for range 30 {
			time.Sleep(2 * time.Second)
			use(p, 164)
		}
		page := ask(h, "GET", "/?format=html", "").Body.String()
		for _, want := range []string{
			`<strong>Full discards:</strong> MaxIdle is 64`, "see the advice", "full 3,000", "<dt>full</dt>",
			`aria-label="Idle in the last minutes: 0 to 64, lately 64"`, `aria-label="Discarded in the last minutes: 40/s to 60/s`,
			`<small>40/s to 60/s</small>`,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %s:\n%s", want, page)
			}
		}
		for target, want := range map[string]bool{"refresh=30": true, "refresh=0": false, "refresh=x": false, "refresh=9999": false, "": false} {
			page := ask(h, "GET", "/?format=html&"+target, "").Body.String()
			if got := strings.Contains(page, `http-equiv="refresh" content="30"`); got != want {
				t.Errorf("%q: reloads itself: %v, want %v", target, got, want)
			}
		}
	})
}

// A checked pool's objects in use are shown by the place where they were acquired.
func TestHolders(t *testing.T) {
	p, err := pool.New(pool.Options[*item]{New: func() *item { return new(item) }, Name: t.Name(), Check: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var out []*item
	for range 3 {
		out = append(out, p.Acquire())
	}
	page := ask(Handler(), "GET", "/?format=html", "").Body.String()
	if !regexp.MustCompile(`3 objects, acquired by</p>\s*<pre tabindex="0">[^\n]*pooldebug\.TestHolders\n    \S*handler_test\.go:\d+`).MatchString(page) {
		t.Errorf("the page lacks the stack:\n%s", page)
	}
	p.ReleaseN(out)
	if page := ask(Handler(), "GET", "/?format=html", "").Body.String(); strings.Contains(page, "Who holds") {
		t.Errorf("nothing is in use, but:\n%s", page)
	}
}

// The profile plunge_held is shown if the process has it.
func TestHeldProfile(t *testing.T) {
	held := pprof.Lookup(profileName)
	if held == nil {
		if w := ask(Handler(), "GET", "/?format=held", ""); w.Code != http.StatusNotFound {
			t.Errorf("without the profile: got %d, want 404", w.Code)
		}
		held = pprof.NewProfile(profileName)
	}
	object := new(item)
	held.Add(object, 0)
	defer held.Remove(object)
	h := Handler()
	for target, want := range map[string]string{
		"/?format=html": `(?s)<h2>Profile plunge_held</h2>.*1 object recorded as in use.*pooldebug\.TestHeldProfile`,
		"/?format=held": `^plunge_held profile: total 1\n(?s).*pooldebug\.TestHeldProfile`,
	} {
		if w := ask(h, "GET", target, ""); w.Code != 200 || !regexp.MustCompile(want).MatchString(w.Body.String()) {
			t.Errorf("%s: got %d\n%s\nwant %s", target, w.Code, w.Body, want)
		}
	}
}

// TestMap: Stats.Map goes into an expvar.Func. It is tested here because package expvar imports net/http, which no
// test of package pool needs.
func TestMap(t *testing.T) {
	stats := pool.Stats{Name: "buffers", Discarded: pool.Discards{Expired: 2}}
	text := expvar.Func(func() any { return stats.Map() }).String()
	if !json.Valid([]byte(text)) || !strings.Contains(text, `"discarded_expired":2`) {
		t.Errorf("expvar.Func of Map: got %s, want JSON", text)
	}
}

// The name of a variable can be used only once, as in expvar.
func TestPublishTwice(t *testing.T) {
	defer log.SetOutput(log.Writer())
	log.SetOutput(io.Discard)
	name := fmt.Sprintf("%s %d", t.Name(), time.Now().UnixNano()) // the process keeps the name for ever
	Publish(name)
	if got, want := expvar.Get(name).String(), "[]"; got != want {
		t.Errorf("without a pool: got %s, want %s", got, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("Publish with a name that is used: no panic")
		}
	}()
	Publish(name)
}

// Many clients may look at the same time.
func TestLooksAtATime(t *testing.T) {
	p := newPool(t, pool.Options[*item]{})
	s := httptest.NewServer(Handler())
	defer s.Close()
	errs := make(chan error)
	for range 4 {
		go func() {
			for _, format := range []string{"html", "text", "json"} {
				use(p, 10)
				r, err := http.Get(s.URL + "?format=" + format)
				if err == nil {
					_, err = io.Copy(io.Discard, r.Body)
					r.Body.Close()
				}
				if err != nil {
					errs <- err
					return
				}
				runtime.Gosched()
			}
			errs <- nil
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
