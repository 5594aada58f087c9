package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apache/iceberg-go/catalog"
	sqlcatalog "github.com/apache/iceberg-go/catalog/sql"
	"github.com/apache/iceberg-go/table"
)

// restCatalog is a small server of the REST catalog's protocol, as far as the command needs it, over a database. It
// wants a token.
type restCatalog struct {
	mu      sync.Mutex
	cat     *sqlcatalog.Catalog
	commits int
}

func newREST(t *testing.T) (*restCatalog, string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "rest.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	cat, err := sqlcatalog.NewCatalog("rest", db, sqlcatalog.SQLite, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &restCatalog{cat: cat}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return c, server.URL
}

// ServeHTTP implements http.Handler.
func (c *restCatalog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, err := c.answer(r)
	status := http.StatusOK
	switch {
	case errors.Is(err, catalog.ErrNoSuchTable):
		status = http.StatusNotFound
	case errors.Is(err, catalog.ErrNamespaceAlreadyExists), errors.Is(err, table.ErrCommitFailed):
		status = http.StatusConflict
	case err != nil:
		status = http.StatusBadRequest
	}
	if r.Header.Get("Authorization") != "Bearer token-of-the-test" {
		status, err = http.StatusUnauthorized, errors.New("no token")
	}
	if err != nil {
		answer = map[string]any{"error": map[string]any{"message": err.Error(), "type": "Exception", "code": status}}
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (c *restCatalog) answer(r *http.Request) (any, error) {
	ctx, path := r.Context(), strings.Split(strings.Trim(r.URL.Path, "/"), "/") // v1 namespaces NAME tables TABLE
	switch {
	case r.URL.Path == "/v1/config":
		return map[string]any{"defaults": map[string]string{}, "overrides": map[string]string{}}, nil
	case r.URL.Path == "/v1/namespaces":
		var in struct{ Namespace []string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return nil, err
		}
		return map[string]any{"namespace": in.Namespace, "properties": nil}, c.cat.CreateNamespace(ctx, in.Namespace, nil)
	case len(path) != 5:
		return nil, errors.New("not known: " + r.URL.Path)
	}
	id := []string{path[2], path[4]}
	if r.Method == http.MethodPost {
		var in struct {
			Requirements table.Requirements
			Updates      table.Updates
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return nil, err
		}
		c.commits++
		m, at, err := c.cat.CommitTable(ctx, id, in.Requirements, in.Updates)
		return map[string]any{"metadata-location": at, "metadata": m}, err
	}
	t, err := c.cat.LoadTable(ctx, id)
	if err != nil {
		return nil, err
	}
	return map[string]any{"metadata-location": t.MetadataLocation(), "metadata": t.Metadata()}, nil
}

// TestIcebergREST: a REST catalog gets the same tables, and nothing is committed where nothing is new.
func TestIcebergREST(t *testing.T) {
	lake := icebergLake(t)
	server, address := newREST(t)
	if status, _, _ := command(t, "iceberg", "--lake", lake, "--catalog", address); status != statusOutput {
		t.Errorf("without a token: status %d", status)
	}
	t.Setenv("WEBEXAUDIT_ICEBERG_TOKEN", "token-of-the-test")
	first := register(t, lake, "--catalog", address)
	for table, want := range rowsOf(t, lake) {
		if first[table].rows != want || first[table].added == 0 {
			t.Errorf("%s: %+v, want %d rows", table, first[table], want)
		}
	}
	commits := server.commits
	if register(t, lake, "--catalog", address); server.commits != commits || commits != 2*len(first) {
		t.Errorf("%d commits, and %d when nothing was new, for %d tables", commits, server.commits-commits, len(first))
	}
	mustRun(t, statusOK, "compact", "--lake", lake, "--before", "2030-01-01")
	if r := register(t, lake, "--catalog", address, "--keep", "0s")["flows"]; r.added != 3 || r.removed != 6 || r.expired != 1 ||
		r.rows != first["flows"].rows {
		t.Errorf("compacted: %+v", r)
	}
}
