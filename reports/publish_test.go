package reports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// begin makes an unfinished file with a text.
func begin(t *testing.T, path, text string) *Unfinished {
	t.Helper()
	u, err := Begin(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := u.Close(); err != nil {
		t.Fatal(err)
	}
	return u
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if text, err := os.ReadFile(path); err != nil || string(text) != want {
		t.Errorf("%s: %q, %v", filepath.Base(path), text, err)
	}
}

// TestTwoWriters: of two that write one file one wins, and the other is told.
func TestTwoWriters(t *testing.T) {
	for _, replace := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "page.txt")
		if replace {
			if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
				t.Fatal(err)
			}
		}
		a, b := begin(t, path, "a"), begin(t, path, "b")
		if a.Name() == b.Name() {
			t.Error("one hidden name for two")
		}
		if err := b.Publish(replace); err != nil {
			t.Error(err)
		}
		if err := a.Publish(replace); err == nil {
			t.Error("the second writer was told nothing")
		}
		holds(t, path, "b")
		_ = a.Discard()
		info, err := os.Stat(path)
		if err != nil || replace && info.Mode().Perm() != 0o640 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
			t.Errorf("%v is left", left)
		}
	}
}

// TestNoLinkFollowed: a link that somebody has put where a file is to be written is replaced or refused; what it points
// to stays as it is.
func TestNoLinkFollowed(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "page.txt")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path); err != nil {
		t.Fatal(err)
	}
	u := begin(t, path, "new")
	if err := u.Publish(false); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("the link was not refused: %v", err)
	}
	if err := u.Publish(true); err != nil {
		t.Error(err)
	}
	holds(t, victim, "precious")
	holds(t, path, "new")
}
