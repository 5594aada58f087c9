package analyzer_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
)

// bundled are the scenarios whose captures lie in testdata/pcaps, for the README and as goldens of the whole program.
// They are written by this test (-update) from pcaptest, with payload blanked and compressed.
var bundled = []string{"healthy-meeting", "tls-fallback", "tls-via-proxy", "inspected-tls", "calling-blocked", "unmarked-audio", "sip-calls"}

const pcapDir = "../testdata/pcaps"

// TestGoldenCaptures analyses each bundled capture with one worker and with four and compares the records with the
// golden beside it. Where a digest alone differs, some member that the outline leaves out has changed: compare the JSON
// Lines of before and after.
func TestGoldenCaptures(t *testing.T) {
	for _, s := range pcaptest.Scenarios() {
		if !isBundled(s.Name) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			path := filepath.Join(pcapDir, s.Name+".pcapng.gz")
			data := compressed(t, s.Build())
			if *update {
				write(t, path, data)
			}
			if stored, err := os.ReadFile(path); err != nil || !bytes.Equal(gunzip(t, stored), gunzip(t, data)) {
				t.Fatalf("%s is not what pcaptest makes (%v); run go test ./analyzer -run GoldenCaptures -update", path, err)
			}
			got := golden(t, path, s.Doc)
			file := filepath.Join(pcapDir, s.Name+".txtar")
			if *update {
				write(t, file, got)
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from the golden; run with -update and read the diff\n%s", file, firstDifference(got, want))
			}
		})
	}
}

func isBundled(name string) bool {
	for _, b := range bundled {
		if b == name {
			return true
		}
	}
	return false
}

func compressed(t *testing.T, c *pcaptest.Capture) []byte {
	t.Helper()
	var plain, out bytes.Buffer
	if err := c.Wrap(pcaptest.Blank).WritePcapng(&plain); err != nil {
		t.Fatal(err)
	}
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	z.Write(plain.Bytes())
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gunzip(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// golden is the capture's golden file: what it shows, an outline of the records by type, and their digests.
func golden(t *testing.T, path, doc string) []byte {
	t.Helper()
	one, four := analysed(t, path, 1), analysed(t, path, 4)
	if !bytes.Equal(one, four) {
		t.Fatalf("1 and 4 workers disagree\n%s", firstDifference(one, four))
	}
	a := &txtar.Archive{Comment: fmt.Appendf(nil, "%s.\nMade by analyzer/pcaptest; addresses are invented, payload is blank. Rewrite: go test ./analyzer -run GoldenCaptures -update\n\n", doc)}
	a.Files = outline(t, one)
	return txtar.Format(a)
}

func analysed(t *testing.T, path string, workers int) []byte {
	t.Helper()
	set, err := run(t, analyzer.Config{Files: []string{path}, Workers: workers, Tool: "webexaudit"})
	if err != nil {
		t.Fatal(err)
	}
	return lines(t, set)
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\ngot  %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
