package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
)

// format is a capture file format.
type format uint8

const (
	formatNone format = iota
	formatPcap
	formatPcapng
	formatSnoop
)

// headLen is how many bytes are looked at to recognise a format: the longest fixed file header.
const headLen = 28

// Magic numbers: pcap (draft-ietf-opsawg-pcap 4), its variants (Wireshark's libpcap.h), pcapng
// (draft-ietf-opsawg-pcapng
// 4.1), snoop (RFC 1761).
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Kuznetzov's patch: longer record headers
	// Ixia's hardware capture: nanoseconds, and the length of all records behind the file header
	magicIxiaHW = 0x1c0001ac
	magicIxiaSW = 0x1c0001ab // the same with microseconds
	magicOrder  = 0x1a2b3c4d // byte-order magic of a pcapng section
	magicSnoop  = "snoop\x00\x00\x00"
)

// identify recognises a format by the first bytes of a file. A shorter head is enough to recognise a file that is cut
// off.
func identify(head []byte) format {
	switch {
	case len(head) >= 8 && string(head[:8]) == magicSnoop:
		return formatSnoop
	case len(head) < 4:
		return formatNone
	case pcapVariant(head) != nil:
		return formatPcap
	case binary.LittleEndian.Uint32(head) == ngSectionHeader:
		if _, ok := ngOrder(head); ok || len(head) < 12 {
			return formatPcapng
		}
	}
	return formatNone
}

// headerLen is the length of the file header. A pcapng section header is a block like others and has no fixed length.
func (f format) headerLen(head []byte) int {
	switch f {
	case formatPcap:
		return pcapVariant(head).fileHeader
	case formatPcapng:
		return 12
	default:
		return 16
	}
}

// headWanted is how many of the first bytes it takes to know more than from those given.
func headWanted(head []byte) int {
	if len(head) >= 4 && compression(head) != nil {
		return 4
	}
	if f := identify(head); f != formatNone {
		return f.headerLen(head)
	}
	return headLen
}

// packed are formats that hold captures and are not read here, with what makes of a file F one that is.
var packed = []struct{ magic, name, do string }{
	{"\xfd7zXZ\x00", "xz", "xz -dc F | webexaudit analyze -"},
	{"BZh", "bzip2", "bzip2 -dc F | webexaudit analyze -"},
	{"\x04\x22\x4d\x18", "lz4", "lz4 -dc F | webexaudit analyze -"},
	{"PK\x03\x04", "zip", "unzip F"},
	{"7z\xbc\xaf", "7z", "7z x F"},
	{"GMBU", "Microsoft Network Monitor 2", "editcap F F.pcapng"},
	{"RTSS", "Microsoft Network Monitor 1", "editcap F F.pcapng"},
}

// quote shows the first bytes of what is no capture. The name is that of the file.
func quote(head []byte, name string) string {
	if strings.ContainsAny(name, " \t\n'\"$&;|<>()*?[]\\`") {
		name = "FILE"
	}
	for _, p := range packed {
		if bytes.HasPrefix(head, []byte(p.magic)) {
			return fmt.Sprintf("% x: %s; to convert it: %s", head[:len(p.magic)], p.name, strings.ReplaceAll(p.do, "F", name))
		}
	}
	head = head[:min(len(head), 8)]
	return fmt.Sprintf("% x (%q)", head, head)
}

// Sniff reports whether a file is a capture, by its content: unpacked and recognised, not read any further. What is not
// a regular file is none. The error says that the file could not be looked at.
func Sniff(path string) (bool, error) {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	in := newInput(path, f, f)
	defer in.Close()
	head, err := in.unpack()
	_, damaged := errors.AsType[*DamageError](err)
	if damaged || errors.Is(err, ErrEmpty) || errors.Is(err, ErrFormat) {
		return false, nil
	}
	return identify(head) != formatNone, err
}
