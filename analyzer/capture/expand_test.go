package capture

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zeebo/xxh3"
)

// capture is a file with one packet of a second.
func capture(second uint32) []byte {
	return join(little.pcap(magicMicro, 4, 65535, 1), little.record(second, 0, 1, 1, "a"))
}

// folder fills a new folder and makes it the working directory.
func folder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for path, data := range map[string][]byte{
		"late.pcap":             capture(300),
		"early.pcap":            capture(100),
		"notes.txt":             []byte("nothing to see"),
		"d/b.cap":               capture(200),
		"d/a.bin.gz":            gzipped(t, capture(250)),
		"d/log.gz":              gzipped(t, []byte("a log, not a capture")),
		"d/empty.pcap":          nil,
		"d/cut.pcap":            capture(1)[:20],
		"d/.hidden.pcap":        capture(1),
		"d/.git/objects/1.pcap": capture(1),
		"d/deep/er/c.pcapng":    join(little.section(), little.iface(1, 0)),
		"d/deep/er/broken.gz":   []byte("\x1f\x8b\x08broken"),
		"none/readme":           []byte("no captures here"),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"d/zlink.pcap": "b.cap", "dlink": "d", "d/loop": "../d", "d/dangling.pcap": "nowhere"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExpand(t *testing.T) {
	folder(t)
	all := []string{"d/a.bin.gz", "d/b.cap", "d/cut.pcap", "d/deep/er/c.pcapng"}
	tests := []struct{ args, want []string }{
		{[]string{"late.pcap", "early.pcap"}, []string{"late.pcap", "early.pcap"}},
		{[]string{"notes.txt"}, []string{"notes.txt"}}, // Open will say what is wrong
		{[]string{"*.pcap"}, []string{"early.pcap", "late.pcap"}},
		{[]string{"d/*.pcap"}, []string{"d/cut.pcap", "d/empty.pcap", "d/zlink.pcap"}},
		{[]string{"d/.h*"}, []string{"d/.hidden.pcap"}},
		{[]string{"d"}, all},
		{[]string{"d/"}, all},
		{[]string{"d/de*"}, []string{"d/deep/er/c.pcapng"}},
		{[]string{"dlink"}, []string{"dlink/a.bin.gz", "dlink/b.cap", "dlink/cut.pcap", "dlink/deep/er/c.pcapng"}},
		{[]string{"-", "late.pcap", "-", "./late.pcap", "d/zlink.pcap", "d/b.cap"}, []string{"-", "late.pcap", "d/zlink.pcap"}},
		{[]string{"d/zlink.pcap", "d"}, []string{"d/zlink.pcap", "d/a.bin.gz", "d/cut.pcap", "d/deep/er/c.pcapng"}},
		{nil, nil},
	}
	for _, test := range tests {
		if test.args != nil && test.args[0] == "d/*.pcap" {
			os.Remove("d/dangling.pcap")
		}
		got, err := Expand(test.args)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", test.args, err, diff)
		}
	}
}

func TestExpandErrors(t *testing.T) {
	folder(t)
	tests := []struct {
		arg, text string
		is        error
	}{
		{"missing.pcap", `missing.pcap: no such file. Arguments are capture files, directories or "-"; pass a capture filter with -f`, os.ErrNotExist},
		{"missing/*.pcap", "", os.ErrNotExist},
		{"none", "none: the directory holds no capture files", ErrNoCapture},
		{"no[ne", "", filepath.ErrBadPattern},
	}
	for _, test := range tests {
		got, err := Expand([]string{"late.pcap", test.arg})
		if got != nil || !errors.Is(err, test.is) || !strings.HasPrefix(err.Error(), test.arg+": ") ||
			test.text != "" && err.Error() != test.text {
			t.Errorf("%s: %q, %v", test.arg, got, err)
		}
	}
}

func TestExpandUnreadable(t *testing.T) {
	folder(t)
	if err := os.Chmod("d/deep", 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod("d/deep", 0o700)
	if _, err := os.ReadDir("d/deep"); err == nil {
		t.Skip("this user may read everything")
	}
	got, err := Expand([]string{"d"})
	if want := []string{"d/a.bin.gz", "d/b.cap", "d/cut.pcap", "d/deep"}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Open("d/deep"); !errors.Is(err, os.ErrPermission) {
		t.Error(err)
	}
}

func TestSortByTime(t *testing.T) {
	folder(t)
	got := SortByTime([]string{"-", "late.pcap", "notes.txt", "d/a.bin.gz", "missing", "early.pcap", "d/deep/er/c.pcapng", "d", "d/b.cap"})
	want := []string{"early.pcap", "d/b.cap", "d/a.bin.gz", "late.pcap", "-", "notes.txt", "missing", "d/deep/er/c.pcapng", "d"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSniff(t *testing.T) {
	folder(t)
	for path, want := range map[string]bool{
		"late.pcap": true, "notes.txt": false, "d/a.bin.gz": true, "d/log.gz": false, "d/empty.pcap": false, "d/cut.pcap": true,
		"d/deep/er/c.pcapng": true, "d/deep/er/broken.gz": false, "d": false,
	} {
		if got, err := Sniff(path); got != want || err != nil {
			t.Errorf("%s: %v, %v", path, got, err)
		}
	}
	if ok, err := Sniff("missing"); ok || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v, %v", ok, err)
	}
}

func TestOpenFile(t *testing.T) {
	folder(t)
	s, err := Open("d/a.bin.gz")
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAll(t, s)
	if want := []packet{{1, 250e9, 1, 0, LinkEthernet, "a"}}; err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error("second Close:", err)
	}
	if _, err := Open("missing"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Open("d"); err == nil {
		t.Error("opened a directory")
	}
}

// TestDigest: the digest is that of the whole file, however much of it the source has read.
func TestDigest(t *testing.T) {
	data := manyPackets(t, false, 2000)
	damaged := append(slices.Clone(data), bytes.Repeat([]byte{0xff}, 3*blockSize)...)
	for name, data := range map[string][]byte{"whole": data, "damaged": damaged, "cut": data[:len(data)-5]} {
		for _, blocks := range []int{0, 1, 1000} {
			s, d, err := OpenDigest(file(t, name+".pcap", data), SHA256)
			if err != nil {
				t.Fatal(err)
			}
			for b := new(Block); blocks > 0 && s.Next(b) == nil; blocks-- {
			}
			sum, n, err := d.Sum(context.Background())
			if want := fmt.Sprintf("%x", sha256.Sum256(data)); sum != want || n != int64(len(data)) || err != nil {
				t.Errorf("%s, %d blocks left: %s, %d, %v", name, blocks, sum, n, err)
			}
			s.Close()
		}
	}
	s, d, err := OpenDigest(file(t, "x.pcap", data), SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := d.Sum(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestNoDigest: a compressed file is read by another goroutine, and what is no capture is not read at all.
func TestNoDigest(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(manyPackets(t, false, 10))
	z.Close()
	s, d, err := OpenDigest(file(t, "x.pcap.gz", packed.Bytes()), SHA256)
	if err != nil || d != nil {
		t.Fatalf("compressed: %v, %v", d, err)
	}
	s.Close()
	if _, d, err := OpenDigest(file(t, "x.txt", []byte("no capture at all")), SHA256); !errors.Is(err, ErrFormat) || d != nil {
		t.Errorf("no capture: %v, %v", d, err)
	}
	if _, d, err := OpenDigest("missing", SHA256); !errors.Is(err, os.ErrNotExist) || d != nil {
		t.Errorf("missing: %v, %v", d, err)
	}
}

func TestHashFile(t *testing.T) {
	data := manyPackets(t, false, 2000)
	path := file(t, "x.pcap", data)
	xxh := xxh3.Hash128(data).Bytes()
	for hash, want := range map[Hash]string{SHA256: fmt.Sprintf("%x", sha256.Sum256(data)), XXH3: fmt.Sprintf("%x", xxh)} {
		sum, n, err := HashFile(context.Background(), path, hash)
		if sum != want || n != int64(len(data)) || err != nil {
			t.Errorf("%s: %s, %d, %v", hash, sum, n, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := HashFile(ctx, path, SHA256); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, _, err := HashFile(context.Background(), filepath.Dir(path), SHA256); err == nil {
		t.Error("hashed a directory")
	}
	if _, _, err := HashFile(context.Background(), "missing", SHA256); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestHashFor(t *testing.T) {
	for bytes, want := range map[int64]Hash{0: SHA256, 64 << 20: SHA256, 64<<20 + 1: XXH3} {
		if got := HashFor(bytes); got != want {
			t.Errorf("%d bytes: %s", bytes, got)
		}
	}
}
