package interop

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/internal/race"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/pooldebug"
)

// poor is a script that returns what is hard to read on a page: a body wider than the window, small text, contrast
// below 4.5:1 (WCAG 2.2, level AA), figures that do not align, and lines that are not drawn.
const poor = `(() => {
	const bad = [], canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
	if (document.documentElement.scrollWidth > innerWidth) bad.push('the body is wider than the window: ' + document.documentElement.scrollWidth);
	const rgba = c => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data] };
	const ground = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] == 255) return c } return [255, 255, 255] };
	const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
	const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05) };
	const what = e => '<' + e.tagName.toLowerCase() + '> ' + e.textContent.trim().slice(0, 30);
	for (const e of document.body.querySelectorAll('*')) {
		const style = getComputedStyle(e);
		if (![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) continue;
		const ratio = contrast(rgba(style.color), ground(e));
		if (ratio < 4.5) bad.push('contrast ' + ratio.toFixed(1) + ': ' + what(e));
		if (parseFloat(style.fontSize) < 12) bad.push('text of ' + style.fontSize + ': ' + what(e));
		if (e.tagName == 'TD' && (style.textAlign != 'right' || style.fontVariantNumeric != 'tabular-nums')) bad.push('figures that do not align: ' + what(e));
	}
	for (const e of document.querySelectorAll('svg path.stroke')) {
		const box = e.getBoundingClientRect(), name = e.parentNode.getAttribute('aria-label');
		if (box.width < 20 || contrast(rgba(getComputedStyle(e).stroke), ground(e.closest('td'))) < 3) bad.push('not drawn: ' + name);
	}
	return bad;
})()`

// TestDebugPage opens the page of package pooldebug in Chromium, in light and dark, on a wide screen and a
// telephone's. The page is readable, nothing is logged, its Content-Security-Policy included, and it asks nothing of
// a network. PLUNGE_PAGE_SHOTS is a directory for pictures of it.
func TestDebugPage(t *testing.T) {
	var page *httptest.ResponseRecorder
	synctest.Test(t, func(t *testing.T) { page = debugPage(t) })
	bad, lines := browse(t, func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range page.Header() {
			w.Header()[k] = v
		}
		_, _ = w.Write(page.Body.Bytes())
	})
	for _, b := range bad {
		t.Error(b)
	}
	if lines < 4*20 {
		t.Errorf("%d sparklines in four views, want 80 at least", lines)
	}
}

// TestBrowseSees shows that TestDebugPage would fail.
func TestBrowseSees(t *testing.T) {
	bad, _ := browse(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "script-src 'none'")
		_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><body style="background:#fff"><p style="width:2000px">wide
			<p style="color:#aaa">pale<p style="font-size:9px">small<table><tr><td>left</table><table><tr><td style="text-align:right;font-variant-numeric:tabular-nums"><svg aria-label="l"><path class="stroke" d="M0,0"/></svg></table>
			<img src="http://127.0.0.1:9/x"><script>1</script>`))
	})
	all := strings.Join(bad, "\n")
	for _, want := range []string{"wider than the window", "<p> pale", "text of 9px", "do not align: <td> left", "not drawn: l", "asked for: http://127.0.0.1:9/x", "logged: "} {
		if !strings.Contains(all, want) {
			t.Errorf("not seen: %s, but\n%s", want, all)
		}
	}
}

// debugPage returns the page after some minutes of pools in all kinds of states.
func debugPage(t *testing.T) *httptest.ResponseRecorder {
	type object [16]byte // without a size two could not be told apart
	t.Setenv("PLUNGE_CHECK", "")
	made := func(o pool.Options[*object]) *pool.Pool[*object] {
		o.New = func() *object { return new(object) }
		p := pool.Must(pool.New(o))
		t.Cleanup(func() { _ = p.Close() })
		return p
	}
	use := func(p *pool.Pool[*object], n int) {
		objects := make([]*object, n)
		p.AcquireN(objects)
		p.ReleaseN(objects)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	healthy := made(pool.Options[*object]{Name: "gzip writers", MaxIdle: 4096})
	full := made(pool.Options[*object]{Name: "json encoders", MaxIdle: 64})
	leaks := made(pool.Options[*object]{Name: "sessions", Check: true, Quarantine: -1})
	expires := []*pool.Pool[*object]{
		made(pool.Options[*object]{Name: "cache", MaxIdleTime: 20 * time.Second}), made(pool.Options[*object]{Name: "cache"}),
	}
	rejects := made(pool.Options[*object]{
		Name:   "github.com/example/checkout/internal/services/payments.(*requestBody[go.shape.struct])<b>",
		Retain: func(*object) bool { return rnd.IntN(5) > 0 },
	})
	slabs := buffers.Must(buffers.New(buffers.Options{Name: "network"}))
	defer slabs.Close()
	h := pooldebug.Handler()
	ask := func() *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/debug/pools", nil)
		r.Header.Set("Accept", "text/html")
		h.ServeHTTP(w, r)
		return w
	}
	ask()
	var kept []*object
	for i := range 330 {
		time.Sleep(time.Second)
		for range 40 {
			use(healthy, 50+i/2+rnd.IntN(50))
		}
		use(full, 40+rnd.IntN(60))
		use(leaks, 5)
		if rnd.IntN(8) == 0 {
			kept = append(kept, leaks.Acquire())
		}
		if i%45 == 0 {
			use(expires[0], 50)
			use(expires[1], 20)
		}
		use(rejects, 20)
		var out [8][]byte
		for k := range out {
			out[k] = slabs.Acquire(1 << (8 + rnd.IntN(10)))
		}
		for _, b := range out {
			slabs.Release(b)
		}
		if i%60 == 59 {
			ask()
		}
	}
	page := ask()
	leaks.ReleaseN(kept)
	return page
}

// browse opens a page in Chromium in each view. It returns what is wrong, and how many sparklines there were. Without
// Chromium it skips the test.
func browse(t *testing.T, page http.HandlerFunc) (bad []string, lines int) {
	t.Helper()
	if race.Enabled {
		t.Skip("the browser is the same")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium: on Debian it is the package chromium")
	}
	s := httptest.NewServer(page)
	defer s.Close()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which Chromium refuses root
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()

	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	do() // opens the tab
	var mu sync.Mutex
	see := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		bad = append(bad, fmt.Sprintf(format, args...))
	}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			see("logged: %s", e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			see("logged: console.%s", e.Type)
		case *cdplog.EventEntryAdded:
			see("logged: %s: %s", e.Entry.Level, e.Entry.Text)
		case *network.EventRequestWillBeSent:
			if u := e.Request.URL; u != s.URL+"/" && !strings.HasPrefix(u, "data:") {
				see("asked for: %s", u)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	command(t, ctx, network.Enable, network.EnableParams{})
	command(t, ctx, cdplog.Enable, cdp.Empty{})
	do(chromedp.Navigate(s.URL + "/"))
	for _, scheme := range []string{"light", "dark"} {
		command(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		for _, width := range []int64{1440, 375} {
			view := fmt.Sprintf("%s, %d wide", scheme, width)
			do(chromedp.EmulateViewport(width, 900))
			for _, b := range evaluate[[]string](t, ctx, poor) {
				see("%s: %s", view, b)
			}
			lines += evaluate[int](t, ctx, `document.querySelectorAll('svg path.stroke').length`)
			if dir := os.Getenv("PLUNGE_PAGE_SHOTS"); dir != "" {
				picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", t.Name(), scheme, width)), picture, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	return bad, lines
}

// command gives the browser a command.
func command[P, R any](t *testing.T, ctx context.Context, c cdp.Command[P, R], params P) {
	t.Helper()
	if _, err := chromedp.Call(ctx, c, params); err != nil {
		t.Fatal(err)
	}
}

// evaluate returns the value of a program of the page.
func evaluate[T any](t *testing.T, ctx context.Context, program string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](program))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
