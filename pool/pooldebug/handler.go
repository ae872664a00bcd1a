package pooldebug

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"runtime/pprof"
	"strconv"
	"strings"
)

// Handler returns a handler that shows all named pools of the process. It answers with
//
//   - an HTML page to browsers, that is, if Accept prefers text/html, or with ?format=html. It needs no scripts and
//     fetches nothing. With ?refresh=10 it reloads itself every 10 seconds, 1 to 3600.
//   - a table in plain text to everything else, such as curl, or with ?format=text
//   - an array of pool.Info if Accept prefers application/json, or with ?format=json. A pool of package resource also
//     has its resource.Stats, as "resource".
//   - the profile plunge_held as text, with ?format=held, if the process has it
//
// Its methods are GET and HEAD. Each handler takes its own samples, and only while somebody looks: see the
// package's documentation. One handler per process is enough.
func Handler() http.Handler { return &handler{} }

type handler struct{ history history }

// profileName is the profile of objects in use, by the stack that acquired them.
const profileName = "plunge_held"

const plainText = "text/plain; charset=utf-8"

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", policy())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "method "+r.Method+" is not allowed; use GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	query := r.URL.Query()
	format := query.Get("format")
	if format == "" {
		format = accepted(r.Header.Values("Accept"))
	}
	var b bytes.Buffer
	var err error
	kind := plainText
	switch format {
	case "html":
		kind = "text/html; charset=utf-8"
		err = h.html(&b, query.Get("refresh"))
	case "text":
		writeText(&b, h.history.look())
	case "json":
		kind = "application/json"
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		err = e.Encode(infos())
	case "held":
		p := pprof.Lookup(profileName)
		if p == nil {
			http.Error(w, "the process has no profile "+profileName, http.StatusNotFound)
			return
		}
		err = p.WriteTo(&b, 1)
	default:
		http.Error(w, fmt.Sprintf("format %q is unknown; use html, text, json or held", format), http.StatusBadRequest)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	header.Set("Content-Type", kind)
	header.Set("Content-Length", strconv.Itoa(b.Len()))
	if r.Method == http.MethodGet {
		_, _ = b.WriteTo(w) // the client may be gone
	}
}

// accepted returns the format that the values of Accept prefer. The page must be named explicitly.
func accepted(accept []string) string {
	best, quality := "text", 0.0
	for _, part := range strings.Split(strings.Join(accept, ","), ",") {
		kind, params, err := mime.ParseMediaType(part)
		format := map[string]string{"text/html": "html", "application/json": "json", "text/plain": "text", "*/*": "text"}[kind]
		if err != nil || format == "" {
			continue
		}
		q := 1.0
		if s, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(s, 64); err != nil {
				continue
			}
		}
		if q > quality {
			best, quality = format, q
		}
	}
	return best
}
