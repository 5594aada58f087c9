package watch

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Site answers over HTTP what a watch has: figures (/metrics), whether it lives (/healthz) and works (/readyz), the
// list of windows and days (/), the latest report (/latest), and their files. It only reads, and nothing beyond its
// store.
type Site struct {
	store   *Store
	figures *Figures
}

// NewSite is the site of a store.
func NewSite(s *Store, f *Figures) http.Handler {
	site := &Site{s, f}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", site.index)
	mux.HandleFunc("GET /latest", site.latest)
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		f.Write(w)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", site.ready)
	for _, kind := range []string{Windows, Days} {
		mux.HandleFunc("GET /"+kind+"/{name}/{file}", func(w http.ResponseWriter, r *http.Request) {
			site.file(w, r, kind)
		})
	}
	return headers(mux)
}

// headers keeps browsers from running anything, and from framing, but reports, which have a policy of their own.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("X-Frame-Options", "DENY")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// ready fails while the latest window could not be written, and before the first one.
func (s *Site) ready(w http.ResponseWriter, _ *http.Request) {
	switch fault := s.figures.Fault(); {
	case fault != "":
		http.Error(w, fault, http.StatusServiceUnavailable)
	case s.figures.Settled().IsZero():
		http.Error(w, "no window has ended yet", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ok")
	}
}

// file gives a file of a window or day; hidden ones and directories are not there.
func (s *Site) file(w http.ResponseWriter, r *http.Request, kind string) {
	name, file := r.PathValue("name"), r.PathValue("file")
	root, err := os.OpenRoot(filepath.Join(s.store.Dir, kind))
	if err != nil || strings.HasPrefix(name, ".") || strings.HasPrefix(file, ".") {
		http.NotFound(w, r)
		return
	}
	defer root.Close()
	f, err := root.Open(filepath.Join(name, file))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, file, info.ModTime(), f)
}

func (s *Site) latest(w http.ResponseWriter, r *http.Request) {
	list, _ := s.store.Entries(Windows)
	if len(list) == 0 {
		http.Error(w, "no window has ended yet", http.StatusNotFound)
		return
	}
	http.Redirect(w, r, "/"+Windows+"/"+list[len(list)-1].Name+"/report.html", http.StatusFound)
}

// listed is how many windows the page lists.
const listed = 500

var indexPage = template.Must(template.New("index").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>webexaudit watch</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em}
table{border-collapse:collapse}td,th{padding:.2em 1em .2em 0;text-align:left}</style>
<h1>webexaudit watch</h1>
{{with .Fault}}<p role="alert"><strong>The latest window could not be written: {{.}}</strong></p>{{end}}
{{if .Windows}}<p><a href="/latest">Report of the latest window</a> · <a href="/metrics">figures</a></p>
{{else}}<p>No window has ended yet. <a href="/metrics">Figures</a></p>{{end}}
{{range .Tables}}{{if .List}}<h2>{{.Title}}</h2>
<table><tr><th>Begin (UTC)</th><th>Reports</th></tr>
{{range .List}}<tr><td>{{.Time.Format "2006-01-02 15:04:05"}}</td><td><a href="/{{.Kind}}/{{.Name}}/report.html">report</a>
<a href="/{{.Kind}}/{{.Name}}/report.json">JSON</a></td></tr>
{{end}}</table>{{end}}{{end}}
{{with .More}}<p>{{.}} earlier windows are in the directory.</p>{{end}}
</html>
`))

func (s *Site) index(w http.ResponseWriter, _ *http.Request) {
	windows, err := s.store.Entries(Windows)
	days, derr := s.store.Entries(Days)
	if err != nil || derr != nil {
		http.Error(w, "the directory of the windows cannot be read", http.StatusInternalServerError)
		return
	}
	more := max(len(windows)-listed, 0)
	windows = windows[more:]
	slices.Reverse(windows)
	slices.Reverse(days)
	type table struct {
		Title string
		List  []Entry
	}
	var page bytes.Buffer
	err = indexPage.Execute(&page, map[string]any{
		"Fault": s.figures.Fault(), "Windows": windows, "More": more,
		"Tables": []table{{"Days", days}, {"Windows", windows}},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = page.WriteTo(w)
}

// Serve timeouts: whoever reads slowly is no reason to hold anything.
const (
	readTimeout  = 10 * time.Second
	writeTimeout = 2 * time.Minute
)

// NewServer serves the site with bounds.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadTimeout: readTimeout, ReadHeaderTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: writeTimeout, MaxHeaderBytes: 1 << 14,
	}
}
