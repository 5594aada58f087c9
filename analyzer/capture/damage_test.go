package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDamage(t *testing.T) {
	eth := join(little.pcap(magicMicro, 4, 65535, 1), little.record(1, 0, 4, 4, "abcd"))
	ng := join(little.section(), little.iface(1, 0), little.enhanced(0, 0, 4, "abcd"))
	n := int64(len(ng))
	tests := []struct {
		name   string
		data   []byte
		offset int64
		packet int64
		what   string
	}{
		{"captured length", join(eth, little.record(1, 0, maxFrame+1, maxFrame+1, "")), 44, 2, "a packet of 262145 bytes, more than the maximum of 262144"},
		{"cut in a record header", join(eth, []byte("0123456")), 44, 2, "the file ends inside a record (7 of 16 bytes)"},
		{"cut in a packet", join(eth, little.record(1, 0, 60, 60, "abc")), 44, 2, "the file ends inside a record (19 of 76 bytes)"},
		{"cut in the file header", eth[:23], 0, 1, "the file ends inside the file header (23 of 24 bytes)"},
		{"cut in the first section header", ng[:11], 0, 1, "the file ends inside the file header (11 of 12 bytes)"},
		{"cut in a block header", join(ng, little.u32(6, 40)), n, 2, "the file ends inside a record (8 of 12 bytes)"},
		{"cut in the last length", join(ng, little.enhanced(0, 0, 1, "a")[:34]), n, 2, "the file ends inside a record (34 of 36 bytes)"},
		{"cut in a block that is skipped", join(ng, little.block(0x77, make([]byte, 1000))[:500]), n, 2, "the file ends inside a record"},
		{"cut before the length behind a skipped block", join(ng, little.block(0x77, make([]byte, 1000))[:1010]), n, 2, "the file ends inside a record"},
		{"lengths differ behind a skipped block", join(ng, little.block(0x77, make([]byte, 1000))[:1008], little.u32(5)), n, 2,
			"the lengths of a block differ (1012 before, 5 behind)"},
		{"block length below the minimum", join(ng, little.u32(6, 8, 8)), n, 2, "a block of type 0x6 with a total length of 8 bytes"},
		{"block length not a multiple of 4", join(ng, little.u32(0x77, 17, 0, 0, 0)), n, 2, "a block of type 0x77 with a total length of 17 bytes"},
		{"block lengths differ", join(ng, little.u32(0x77, 16, 0, 20)), n, 2, "the lengths of a block differ (16 before, 20 behind)"},
		{"zeros", join(ng, make([]byte, 64)), n, 2, "a block of type 0x0 with a total length of 0 bytes"},
		{"block length beyond reason", join(ng, little.u32(6, 0x7ffffffc), make([]byte, 64)), n, 2, "a block of 2147483644 bytes, more than the maximum of 16777216"},
		{"a packet longer than its block", join(ng, little.block(6, little.u32(0, 0, 0, 61, 61), make([]byte, 60))), n, 2,
			"a packet of 61 bytes in a block with room for 60"},
		{"a packet longer than its block by nearly 4 GiB", join(ng, little.block(6, little.u32(0, 0, 0, 0xfffffffd, 61), make([]byte, 60))), n, 2,
			"a packet of 4294967293 bytes, more than the maximum of 262144"},
		{"a packet longer than the maximum", join(ng, little.enhanced(0, 0, 1, string(make([]byte, maxFrame+1)))), n, 2,
			"a packet of 262145 bytes, more than the maximum of 262144"},
		{"a simple packet longer than its block", join(ng, little.simple(9, "abcd")), n, 2, "a packet of 9 bytes in a block with room for 4"},
		{"a simple packet before any interface", join(little.section(), little.simple(4, "abcd")), 28, 1, "a packet of interface 0, where the section has 0"},
		{"a packet of an interface that is not there", join(ng, little.enhanced(1, 0, 4, "abcd")), n, 2, "a packet of interface 1, where the section has 1"},
		{"interfaces end with their section", join(ng, little.section(), little.enhanced(0, 0, 4, "abcd")), n + 28, 2,
			"a packet of interface 0, where the section has 0"},
		{"a packet block too short", join(ng, little.block(6, little.u32(0, 0, 0, 0))), n, 2, "a block of 28 bytes, too short for a packet"},
		{"an interface block too short", join(ng, little.block(1, little.u32(0))), n, 2, "a block of 16 bytes, too short for an interface"},
		{"byte order of a later section", join(ng, little.block(ngSectionHeader, []byte("what"), make([]byte, 12))), n, 2,
			"unknown byte-order magic 77686174 of a section"},
		{"version of a later section", join(ng, little.block(ngSectionHeader, little.u32(magicOrder, 2, 0, 0))), n, 2, "pcapng version 2.0 is not known"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{16, 64, blockSize} {
				got, _, err := readBytes(t, test.data, size)
				want := &DamageError{File: "test", Offset: test.offset, Packet: test.packet, What: test.what}
				if diff := cmp.Diff(error(want), err); diff != "" {
					t.Errorf("blocks of %d (-want +got):\n%s", size, diff)
				}
				if len(got) != int(test.packet-1) {
					t.Errorf("blocks of %d: %d packets before it", size, len(got))
				}
			}
		})
	}
}

// TestTruncation cuts files at every byte: all complete packets, then the damage with the number of the next. A cut
// between two records is none.
func TestTruncation(t *testing.T) {
	for name, parts := range map[string][][]byte{
		"pcap": {big.pcap(magicNano, 4, 65535, 1), big.record(1, 2, 4, 60, "abcd"), big.record(1, 3, 0, 60, ""), big.record(1, 4, 2, 2, "ef")},
		"pcapng": {join(big.section(), big.iface(1, 0)), big.enhanced(0, 2, 60, "abcd"), join(big.stats(0), big.simple(3, "xyz")),
			join(big.block(0x77, make([]byte, 40)), big.obsolete(0, 0, 0, 2, "ef"))},
		"snoop": {snoopHeader(2, 4), snoopRecord("abcd", 60), snoopRecord("x", 1), snoopRecord("", 3)},
	} {
		data := bytes.Join(parts, nil)
		whole, _, err := readBytes(t, data, blockSize)
		if err != nil || len(whole) != 3 {
			t.Fatalf("%s: %d packets, %v", name, len(whole), err)
		}
		ends := map[int]int{} // complete packets by where they end
		for i, at := 0, 0; i < len(parts); i++ {
			at += len(parts[i])
			ends[at] = i
		}
		for cut := range len(data) {
			complete := 0
			for end, n := range ends {
				if end <= cut {
					complete = max(complete, n)
				}
			}
			for _, size := range []int{5, blockSize} {
				checkCut(t, fmt.Sprintf("%s of %d bytes cut at %d, blocks of %d", name, len(data), cut, size), data[:cut], size, whole[:complete], ends)
			}
		}
	}
}

func checkCut(t *testing.T, name string, data []byte, size int, want []packet, ends map[int]int) {
	t.Helper()
	got, _, err := readBytes(t, data, size)
	var damaged *DamageError
	_, between := ends[len(data)]
	switch {
	case len(data) == 0:
		if !errors.Is(err, ErrEmpty) {
			t.Errorf("%s: %v", name, err)
		}
	case len(data) < 8 && errors.Is(err, ErrFormat): // shorter than the magic
	case between || err == nil: // also behind blocks that are no packets
		if err != nil || !wholeBlocks(data) {
			t.Errorf("%s: %v", name, err)
		}
	case !errors.As(err, &damaged):
		t.Errorf("%s: %v", name, err)
	case damaged.Packet != int64(len(want)+1) || damaged.Offset > int64(len(data)):
		t.Errorf("%s: %v", name, damaged)
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d packets, want %d", name, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: packet %d is %+v", name, i+1, got[i])
		}
	}
}

// wholeBlocks reports whether pcapng bytes in big-endian order end between two blocks; true for the other formats.
func wholeBlocks(data []byte) bool {
	if identify(data) != formatPcapng {
		return true
	}
	at := 0
	for at+12 <= len(data) {
		at += int(uint32(data[at+4])<<24 | uint32(data[at+5])<<16 | uint32(data[at+6])<<8 | uint32(data[at+7]))
	}
	return at == len(data)
}

func TestOpenErrors(t *testing.T) {
	tests := []struct {
		name string
		data string
		is   error
		text string
	}{
		{"empty", "", ErrEmpty, "test: the file is empty (0 bytes)"},
		{"text", "Hello, world of packets", ErrFormat,
			`test: not a capture file (expected pcap, pcapng or snoop, plain, gzip or zstd); it begins with 48 65 6c 6c 6f 2c 20 77 ("Hello, w")`},
		{"one byte", "\xd4", ErrFormat, `test: ` + ErrFormat.Error() + `; it begins with d4 ("\xd4")`},
		{"netmon", "GMBU\x03\x02\x01\x00", ErrFormat, `test: ` + ErrFormat.Error() + `; it begins with 47 4d 42 55: Microsoft Network Monitor 2; to convert it: editcap test test.pcapng`},
		{"xz", "\xfd7zXZ\x00\x00\x04", ErrFormat, `test: ` + ErrFormat.Error() + `; it begins with fd 37 7a 58 5a 00: xz; to convert it: xz -dc test | webexaudit analyze -`},
		{"byte order of the first section", string(little.block(ngSectionHeader, []byte("what"))), ErrFormat,
			`test: ` + ErrFormat.Error() + `; it begins with 0a 0d 0d 0a 10 00 00 00 ("\n\r\r\n\x10\x00\x00\x00")`},
		{"version", string(append(little.u32(magicMicro, 0x00040001), make([]byte, 16)...)), ErrFormat,
			`test: ` + ErrFormat.Error() + `: pcap version 1.4 is not known`},
		{"snoop version", string(snoopHeader(9, 4)), ErrFormat, `test: ` + ErrFormat.Error() + `: snoop: Unknown Snoop Format Version: 9`},
		{"snoop link type", string(snoopHeader(2, 7)), ErrFormat, `test: ` + ErrFormat.Error() + `: snoop data link type 7 is not known`},
	}
	for _, test := range tests {
		s, err := OpenReader("test", strings.NewReader(test.data))
		if s != nil || !errors.Is(err, test.is) || err.Error() != test.text {
			t.Errorf("%s: %v\nwant %s", test.name, err, test.text)
		}
	}
}

// brittle gives some bytes and then an error that is not the file's fault.
type brittle struct {
	r   io.Reader
	err error
}

func (b brittle) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

func TestReadError(t *testing.T) {
	failure := errors.New("disk on fire")
	for name, data := range map[string][]byte{
		"pcap":  join(little.pcap(magicMicro, 4, 65535, 1), little.record(1, 0, 4, 4, "abcd"), []byte("123")),
		"snoop": join(snoopHeader(2, 4), snoopRecord("abcd", 4), []byte("123")),
		"gzip":  gzipped(t, join(little.pcap(magicMicro, 4, 65535, 1), little.record(1, 0, 4, 4, "abcd")))[:50],
	} {
		s, err := OpenReader("test", brittle{bytes.NewReader(data), failure})
		var got []packet
		if err == nil {
			got, err = readAll(t, s)
		}
		var damaged *DamageError
		if !errors.Is(err, failure) || errors.As(err, &damaged) || name != "gzip" && len(got) != 1 {
			t.Errorf("%s: %d packets, %v", name, len(got), err)
		}
	}
}

// stuck gives neither bytes nor an error.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestNoProgress(t *testing.T) {
	s, err := OpenReader("test", io.MultiReader(bytes.NewReader(little.pcap(magicMicro, 4, 1, 1)), stuck{}))
	if err == nil {
		_, err = readAll(t, s)
	}
	if !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}
