package reports

import (
	"bytes"
	"io/fs"
	"os"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// TestLent: all formats are the same of flows that are lent and spoiled afterwards as of those in lists.
func TestLent(t *testing.T) {
	sets := map[string]*record.Set{"sample": sample(t)}
	for _, file := range bundled(t) {
		sets[file] = audited(t, file)
	}
	flows := 0
	for name, set := range sets {
		lent := recordtest.Lend(set)
		for _, f := range each() {
			want, got := filesOf(t, f, set), filesOf(t, f, lent)
			if len(want) == 0 || len(want) != len(got) {
				t.Errorf("%s: %d files of %s, of lists %d", name, len(got), f.Name, len(want))
			}
			for file, text := range want {
				if !bytes.Equal(text, got[file]) {
					t.Errorf("%s: %s%s of %s differs", name, f.File, file, f.Name)
				}
			}
		}
		flows += lent.NumFlows()
	}
	if flows < 50 {
		t.Errorf("%d flows", flows)
	}
}

// filesOf are the files of a format.
func filesOf(t *testing.T, f Format, set *record.Set) map[string][]byte {
	t.Helper()
	var b bytes.Buffer
	dir := t.TempDir()
	if err := set.WriteTo(f.New(&b, Options{Parquet: ParquetOptions{Dir: dir}})); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	if b.Len() > 0 {
		files[""] = b.Bytes()
	}
	tree := os.DirFS(dir)
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[path], err = fs.ReadFile(tree, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
