package report

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// undrawn is a script that returns the series that the page's charts have not drawn. Each series must have an
// element with a size and a visible color.
const undrawn = `[...document.querySelectorAll('figure')].flatMap(f => {
	const bad = [], n = +f.dataset.series, name = f.getAttribute('aria-label');
	if (!(n > 0)) bad.push(name + ': no series');
	for (let i = 0; i < n; i++) {
		const seen = [...f.querySelectorAll('svg [data-s="' + i + '"]')].some(e => {
			const box = e.getBoundingClientRect(), s = getComputedStyle(e);
			const paint = s.fill != 'none' ? s.fill : s.stroke;
			return box.width + box.height > 1 && paint.startsWith('rgb') && paint != 'rgb(0, 0, 0)';
		});
		if (!seen) bad.push(name + ': series ' + i);
	}
	if (!f.querySelector('svg text')) bad.push(name + ': no text');
	return bad;
})`

// TestBrowser opens the page in Chromium, in light and in dark. Every chart has drawn its series, nothing is
// logged, and nothing is loaded from the network. If PLUNGE_BENCH_PAGE names a page, the test opens that page.
func TestBrowser(t *testing.T) {
	file := os.Getenv("PLUNGE_BENCH_PAGE")
	if file == "" {
		var b bytes.Buffer
		if err := HTML(&b, "raw.txt", rawSamples(t)); err != nil {
			t.Fatal(err)
		}
		file = filepath.Join(t.TempDir(), "page.html")
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	logged, asked, missing, figures := open(t, file)
	for _, l := range logged {
		t.Errorf("logged: %s", l)
	}
	for _, a := range asked {
		t.Errorf("asked for: %s", a)
	}
	for _, m := range missing {
		t.Errorf("not drawn: %s", m)
	}
	if figures < 9 {
		t.Errorf("got %d charts, want 9 at least", figures)
	}
}

// TestBrowserSees shows that TestBrowser would fail on a page with a chart whose series is missing, a script that
// throws, and an image from elsewhere.
func TestBrowserSees(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	page := `<!doctype html><link rel="icon" href="data:,"><figure data-series="2" aria-label="half"><svg viewBox="0 0 9 9"><text>a</text>
		<path data-s="0" d="M0,0L5,5L5,0Z" style="fill:#123456"/></svg></figure><img src="http://127.0.0.1:9/x"><script>console.error("oh"); nonsense()</script>`
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	logged, asked, missing, _ := open(t, file)
	if len(logged) < 2 || len(asked) == 0 || !slices.Contains(missing, "half: series 1") || slices.Contains(missing, "half: series 0") {
		t.Errorf("got logged %q, asked for %q, not drawn %q", logged, asked, missing)
	}
}

// open opens a page in Chromium, in both color schemes, and returns what went wrong. Without Chromium it skips the
// test.
func open(t *testing.T, file string) (logged, asked, missing []string, figures int) {
	t.Helper()
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
	file, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // as root, Chromium refuses to run in its sandbox
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
	err = chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			logged = append(logged, e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			logged = append(logged, fmt.Sprintf("console.%s", e.Type))
		case *cdplog.EventEntryAdded:
			logged = append(logged, fmt.Sprintf("%s: %s", e.Entry.Level, e.Entry.Text))
		case *network.EventRequestWillBeSent:
			if u := e.Request.URL; !strings.HasPrefix(u, "file:") && !strings.HasPrefix(u, "data:") {
				asked = append(asked, u)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	must(t, ctx, network.Enable, network.EnableParams{})
	must(t, ctx, cdplog.Enable, cdp.Empty{})
	do(chromedp.Navigate("file://"+file), chromedp.WaitReady("figure"))
	figures = evaluate[int](t, ctx, `document.querySelectorAll('figure').length`)
	for _, scheme := range []string{"light", "dark"} {
		must(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		missing = append(missing, evaluate[[]string](t, ctx, undrawn)...)
		if dir := os.Getenv("PLUNGE_BENCH_SHOTS"); dir != "" {
			picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, scheme+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	return logged, asked, missing, figures
}

// must sends the browser a command.
func must[P, R any](t *testing.T, ctx context.Context, c cdp.Command[P, R], params P) {
	t.Helper()
	if _, err := chromedp.Call(ctx, c, params); err != nil {
		t.Fatal(err)
	}
}

// evaluate returns the value of a script in the page.
func evaluate[T any](t *testing.T, ctx context.Context, program string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](program))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
