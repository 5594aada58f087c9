package capture

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

func TestCompressed(t *testing.T) {
	plain := manyPackets(t, true, 5000)
	want, _, err := readBytes(t, plain, blockSize)
	if err != nil {
		t.Fatal(err)
	}
	half := len(plain) / 2
	for _, test := range []struct {
		name, compression string
		data              []byte
	}{
		{"gzip", "gzip", gzipped(t, plain)},
		{"gzip of two members", "gzip", join(gzipped(t, plain[:half]), gzipped(t, plain[half:]))},
		{"zstd", "zstd", zstandard(t, plain)},
		{"zstd of two frames", "zstd", join(zstandard(t, plain[:half]), zstandard(t, plain[half:]))},
		{"zstd behind a skippable frame", "zstd", join([]byte("\x50\x2a\x4d\x18\x04\x00\x00\x00\x00\x00\x00\x00"), zstandard(t, plain))},
	} {
		got, info, err := readBytes(t, test.data, blockSize)
		if err != nil || !slices.Equal(want, got) {
			t.Errorf("%s: %d packets of %d, %v", test.name, len(got), len(want), err)
		}
		if info.Compression != test.compression || info.Bytes != int64(len(test.data)) || info.Format != "pcapng" {
			t.Errorf("%s: info %+v", test.name, info)
		}
	}
}

func TestCompressedDamage(t *testing.T) {
	records := [][]byte{little.pcap(magicMicro, 4, 65535, 1), little.record(1, 0, 4, 4, "abcd"), little.record(2, 0, 4, 4, "efgh")}
	plain := join(records...)
	z := gzipped(t, plain)
	checksum := slices.Clone(z)
	checksum[len(z)-8] ^= 1
	long := manyPackets(t, false, 5000)
	zlong := zstandard(t, long)
	corrupt := slices.Clone(zlong)
	corrupt[len(corrupt)/2] ^= 0x55
	tests := []struct {
		name    string
		data    []byte
		packets int // -1: some
		what    string
	}{
		{"gzip without its end", z[:len(z)-6], 2, "the gzip stream is cut short"},
		{"gzip with a wrong checksum", checksum, 2, "the gzip stream is corrupt (gzip: invalid checksum)"},
		{"gzip and then something else", join(z, []byte("something else")), 2, "the gzip stream is corrupt (gzip: invalid header)"},
		{"gzip cut in its header", z[:5], 0, "the gzip stream is cut short"},
		{"gzip of half a record", gzipped(t, plain[:50]), 1, "the file ends inside a record (6 of 16 bytes)"},
		{"zstd cut", zlong[:len(zlong)/2], -1, "the zstd stream is cut short"},
		{"zstd corrupt", corrupt, -1, ""},
		{"zstd with a window of 1 GiB", []byte("\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00"), 0,
			"the zstd stream takes more than 128 MiB of memory: unpack it with zstd -d --long=31"},
	}
	for _, test := range tests {
		got, _, err := readBytes(t, test.data, blockSize)
		var damaged *DamageError
		if !errors.As(err, &damaged) || test.what != "" && damaged.What != test.what ||
			damaged.Packet != int64(len(got)+1) {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if test.packets >= 0 && len(got) != test.packets || test.packets < 0 && len(got) == 0 {
			t.Errorf("%s: %d packets", test.name, len(got))
		}
		if damaged.Offset < int64(len(got)*20) {
			t.Errorf("%s: offset %d", test.name, damaged.Offset)
		}
	}
}

func TestCompressedTwice(t *testing.T) {
	plain := little.pcap(magicMicro, 4, 65535, 1)
	for _, data := range [][]byte{gzipped(t, gzipped(t, plain)), zstandard(t, gzipped(t, plain)),
		gzipped(t, zstandard(t, plain))} {
		if _, _, err := readBytes(t, data, blockSize); !errors.Is(err, ErrFormat) {
			t.Error(err)
		}
	}
	_, _, err := readBytes(t, zstandard(t, gzipped(t, plain)), blockSize)
	if diff := cmp.Diff("test: "+ErrFormat.Error()+": gzip inside zstd, unpack it once", err.Error()); diff != "" {
		t.Error(diff)
	}
	if _, _, err := readBytes(t, gzipped(t, nil), blockSize); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
}

// TestCloseEndsReadAhead leaves sources early. The test hangs if a goroutine stays.
func TestCloseEndsReadAhead(t *testing.T) {
	data := gzipped(t, manyPackets(t, false, 5000))
	synctest.Test(t, func(t *testing.T) {
		for blocks := range 3 {
			s, err := OpenReader("test", bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			var b Block
			for range blocks {
				if err := s.Next(&b); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			for err = nil; err == nil; {
				err = s.Next(&b)
			}
			if !errors.Is(err, os.ErrClosed) {
				t.Errorf("Next after Close: %v", err)
			}
		}
		s, err := OpenReader("test", bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if ps, err := readAll(t, s); err != nil || len(ps) != 5000 {
			t.Errorf("%d packets, %v", len(ps), err)
		}
	})
}

// TestStreamsAsItComes has a pipe whose writer waits for what it wrote to be seen.
func TestStreamsAsItComes(t *testing.T) {
	r, w := io.Pipe()
	go w.Write(little.pcap(magicMicro, 4, 65535, 1))
	s, err := OpenReader("-", r)
	if err != nil {
		t.Fatal(err)
	}
	var b Block
	for _, want := range []string{"ab", "cd"} {
		go w.Write(little.record(1, 0, 2, 2, want))
		if err := s.Next(&b); err != nil || len(b.Frames) != 1 || string(b.Bytes(0)) != want {
			t.Fatalf("%v %v", b, err)
		}
	}
	w.Close()
	if err := s.Next(&b); err != io.EOF {
		t.Error(err)
	}
}
