package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"webexaudit/cmd/webexaudit-lake/laketest"
)

// hurried tries as often as a patient store, without long waits.
var hurried = Patience{Tries: 5, Wait: time.Millisecond}

func mustOpen(t *testing.T, place string) *Store {
	t.Helper()
	s, err := Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	s.SetPatience(hurried)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// each runs a test with every kind of store that a test can have without other programs.
func each(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Run("folder", func(t *testing.T) { test(t, mustOpen(t, filepath.Join(t.TempDir(), "not", "there", "yet"))) })
	t.Run("S3", func(t *testing.T) { test(t, mustOpen(t, laketest.Address(laketest.S3(t, nil), "some/prefix"))) })
	t.Run("versitygw", func(t *testing.T) {
		server := laketest.VersityGW(t)
		if server == "" {
			t.Skip("LAKE_VERSITYGW is not set (make lake-test-all)")
		}
		test(t, mustOpen(t, laketest.Address(server, "some/prefix")))
	})
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keys(t *testing.T, s *Store, prefix string) (list []string) {
	t.Helper()
	objects, err := s.List(t.Context(), prefix)
	must(t, err)
	for _, o := range objects {
		list = append(list, o.Key)
	}
	return list
}

// TestObjects: what is put is read, listed by prefix alone, replaced and removed.
func TestObjects(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		if list := keys(t, s, ""); list != nil {
			t.Fatalf("a new store has %v", list)
		}
		if _, err := s.Read(ctx, "flows/a"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("reading what is not there: %v", err)
		}
		for _, key := range []string{"flows/dt=2026-09-07/sensor=hq/a.parquet", "flows/dt=2026-09-08/b", "findings/c", "flow"} {
			must(t, s.Put(ctx, key, file(t, "first "+key)))
			must(t, s.Put(ctx, key, file(t, key)))
		}
		lists(t, s)
		if o, err := s.Stat(ctx, "findings/c"); err != nil || o.Bytes != 10 || time.Since(o.Time) > time.Hour {
			t.Errorf("findings/c: %+v %v", o, err)
		}
		path := filepath.Join(t.TempDir(), "below", "it")
		must(t, s.Fetch(ctx, "findings/c", path))
		if text, err := os.ReadFile(path); err != nil || string(text) != "findings/c" {
			t.Errorf("fetched %q %v", text, err)
		}
		r, err := s.Reader(ctx, "flow")
		must(t, err)
		if text, err := io.ReadAll(r); err != nil || r.Close() != nil || string(text) != "flow" {
			t.Errorf("read %q %v", text, err)
		}
		must(t, s.Delete(ctx, "flow"))
		must(t, s.Delete(ctx, "flow"))
		if there, err := s.Exists(ctx, "flow"); there || err != nil {
			t.Errorf("after it was removed: %v %v", there, err)
		}
	})
}

func lists(t *testing.T, s *Store) {
	t.Helper()
	want := []string{"flows/dt=2026-09-07/sensor=hq/a.parquet", "flows/dt=2026-09-08/b"}
	if got := keys(t, s, "flows/"); !slices.Equal(got, want) {
		t.Errorf("below flows/: %v", got)
	}
	for prefix, want := range map[string][]string{
		"": {"findings", "flows"}, "flows/": {"dt=2026-09-07", "dt=2026-09-08"},
	} {
		if got, err := s.Folders(t.Context(), prefix); err != nil || !slices.Equal(got, want) {
			t.Errorf("folders below %q: %v %v", prefix, got, err)
		}
	}
}

// TestCreate: of several writers one makes the object; the same content again is no error.
func TestCreate(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		var made, refused atomic.Int32
		done := make(chan error)
		for i := range 8 {
			go func() {
				is, err := s.Create(t.Context(), "runs/1/task.json", []byte("written by "+string(rune('a'+i%2))))
				if is {
					made.Add(1)
				}
				if errors.Is(err, ErrExists) {
					refused.Add(1)
					err = nil
				}
				done <- err
			}()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if made.Load() != 1 || refused.Load() != 4 {
			t.Errorf("%d made it, %d of 4 with other content were refused", made.Load(), refused.Load())
		}
	})
}

// TestBroken: a writer that ends in the middle leaves nothing that is seen.
func TestBroken(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		broken := errors.New("the source broke off")
		half := io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<16)), &failing{broken})
		if err := s.write(t.Context(), "flows/a", half, true); !errors.Is(err, broken) {
			t.Errorf("the error is %v", err)
		}
		if list := keys(t, s, ""); list != nil {
			t.Errorf("there is %v", list)
		}
		if s.Dir() == "" {
			return
		}
		must(t, os.WriteFile(filepath.Join(s.Dir(), "flows", ".b.parquet.AAAAAAAA"), []byte("half"), 0o666))
		if list := keys(t, s, ""); list != nil {
			t.Errorf("a hidden file is listed: %v", list)
		}
	})
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestPatience: what passes is tried again, what does not is said at once.
func TestPatience(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fails []error // one after the other
		tries int
		good  bool
	}{
		{"nothing wrong", nil, 1, true},
		{"a broken connection, four times", slices.Repeat([]error{io.ErrUnexpectedEOF}, 4), 5, true},
		{"a broken connection, for long", slices.Repeat([]error{io.ErrUnexpectedEOF}, 9), 5, false},
		{"not there", []error{fs.ErrNotExist}, 1, false},
		{"not allowed", []error{&fs.PathError{Op: "open", Err: syscall.EACCES}}, 1, false},
		{"no room", []error{&fs.PathError{Op: "write", Err: syscall.ENOSPC}}, 1, false},
	} {
		tries := 0
		err := hurried.do(t.Context(), func() error {
			if tries++; tries <= len(tt.fails) {
				return tt.fails[tries-1]
			}
			return nil
		})
		if tries != tt.tries || (err == nil) != tt.good {
			t.Errorf("%s: %d tries, then %v; want %d, good %v", tt.name, tries, err, tt.tries, tt.good)
		}
	}
}

// TestServer: a server that is busy for a moment, and one that refuses.
func TestServer(t *testing.T) {
	for _, tt := range []struct {
		name         string
		status       int
		fail, expect int32 // so many requests fail; so many come
	}{
		{"busy for a moment", http.StatusServiceUnavailable, 1, 2},
		{"refused", http.StatusForbidden, 1 << 20, 1},
	} {
		var requests atomic.Int32
		server := laketest.S3(t, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) <= tt.fail {
					w.WriteHeader(tt.status)
					return
				}
				next.ServeHTTP(w, r)
			})
		})
		err := mustOpen(t, laketest.Address(server, "")).Put(t.Context(), "flows/a", file(t, "text"))
		if good := tt.fail < tt.expect; (err == nil) != good || requests.Load() != tt.expect {
			t.Errorf("%s: %d requests, then %v", tt.name, requests.Load(), err)
		}
		if err != nil && (strings.Contains(err.Error(), "of-the-test") || strings.Contains(err.Error(), "?")) {
			t.Errorf("%s: the error shows too much: %v", tt.name, err)
		}
	}
}

// TestCancelled: a context that is done ends the tries.
func TestCancelled(t *testing.T) {
	server := laketest.S3(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		})
	})
	s := mustOpen(t, laketest.Address(server, ""))
	s.SetPatience(Patience{Tries: 1000, Wait: time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if begin := time.Now(); s.Put(ctx, "a", file(t, "text")) == nil || time.Since(begin) > 5*time.Second {
		t.Errorf("it took %v", time.Since(begin))
	}
}

// TestAddresses: what can be opened, what cannot, and that no secret is shown.
func TestAddresses(t *testing.T) {
	laketest.Credentials(t)
	t.Setenv("AZURE_STORAGE_ACCOUNT", "account")
	regular := file(t, "text")
	for _, tt := range []struct{ place, name, problem string }{
		{"/a/folder", "/a/folder", ""},
		{"file:///a/folder", "/a/folder", ""},
		{"s3://bucket/a/b/?region=eu-central-1&endpoint=http://user:pass@localhost:1", "s3://bucket/a/b/", ""},
		{"azblob://container/x?localemu=true&domain=localhost:1", "azblob://container/x", ""},
		{"http://user:word@host/x?token=1", "", "http://host/x: want a folder, or one of file://, s3://, gs://, azblob://"},
		{"s3:///x", "", "s3:///x: the name of the bucket is missing"},
		{"s3://%zz?secret", "", "the address of the store cannot be read"},
		{"", "", "the folder has no name"},
		{regular, "", regular + ": it is no folder"},
	} {
		s, err := Open(t.Context(), tt.place)
		switch {
		case tt.problem != "" && (err == nil || err.Error() != tt.problem):
			t.Errorf("%s: %v, want %s", tt.place, err, tt.problem)
		case tt.problem == "" && err != nil:
			t.Errorf("%s: %v", tt.place, err)
		case tt.problem == "" && s.Name() != tt.name:
			t.Errorf("%s is called %s, want %s", tt.place, s.Name(), tt.name)
		}
	}
	err := clean("x", errors.New(`GET "https://me:word@host/a?sig=abc": refused`))
	if err.Error() != `x: GET "https://host/a": refused` {
		t.Errorf("an error's text is %s", err)
	}
}
