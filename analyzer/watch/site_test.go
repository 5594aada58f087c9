package watch

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// visited is a site under test.
type visited struct {
	t       *testing.T
	store   *Store
	figures *Figures
	site    http.Handler
}

func visit(t *testing.T) visited {
	t.Helper()
	s, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f := NewFigures("1.2.3", hour(7))
	return visited{t, s, f, NewSite(s, f)}
}

func (v visited) get(path string) (status int, body string) {
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String() + w.Header().Get("Location")
}

func (v visited) check(path string, status int, part string) {
	v.t.Helper()
	if got, body := v.get(path); got != status || !strings.Contains(body, part) {
		v.t.Errorf("%s: %d, want %d with %q: %.300s", path, got, status, part, body)
	}
}

// TestSite: what is asked is answered, and a fault makes the watch not ready.
func TestSite(t *testing.T) {
	v := visit(t)
	s, f, check := v.store, v.figures, v.check
	check("/", 200, "No window has ended yet")
	check("/readyz", 503, "no window has ended yet")
	check("/healthz", 200, "ok")
	check("/latest", 404, "no window")

	put(t, s, Windows, hour(8), 3)
	put(t, s, Windows, hour(9), 3)
	put(t, s, Days, hour(-24), 3)
	tracker := NewTracker(nil)
	set := window(t, 8, tlsMedia)
	f.Window(set, tracker.Window(set), hour(9))
	check("/readyz", 200, "ok")
	check("/", 200, `href="/windows/20260907T080000Z/report.html"`)
	check("/", 200, `href="/days/2026-09-06/report.html"`)
	check("/latest", 302, "/windows/20260907T090000Z/report.html")
	check("/windows/20260907T080000Z/report.html", 200, "")
	check("/metrics", 200, `webexaudit_findings{severity="high",status="new"} 1`)
	check("/metrics", 200, "webexaudit_windows_total 1")
	check("/metrics", 200, `webexaudit_verdict{of="network",is="fail"} 1`)
	check("/metrics", 200, `webexaudit_build_info{version="1.2.3"} 1`)

	f.Failed("no space left on device")
	check("/readyz", 503, "no space left")
	check("/", 200, "could not be written: no space left on device")
}

// TestSiteHides: hidden files, links, and what lies elsewhere are not there.
func TestSiteHides(t *testing.T) {
	v := visit(t)
	s := v.store
	put(t, s, Windows, hour(8), 3)
	if err := os.WriteFile(filepath.Join(s.Dir, "secret"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"20260907T080000Z/link", "20260907T080000Z/.hidden"} {
		if err := os.Symlink(filepath.Join(s.Dir, "secret"), filepath.Join(s.Dir, Windows, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/windows/20260907T080000Z/link", "/windows/20260907T080000Z/.hidden", "/windows/..%2f/secret",
		"/windows/%2e%2e/secret", "/windows/20260907T080000Z/..%2f..%2f..%2fsecret", "/windows/20260907T080000Z/", "/secret"} {
		if status, body := v.get(path); status == 200 || strings.Contains(body, "secret\n") {
			t.Errorf("%s: %d %.80s", path, status, body)
		}
	}
}
