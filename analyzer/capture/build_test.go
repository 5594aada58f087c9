package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// packet is a frame with its bytes and number, to compare what readers give.
type packet struct {
	Number    int64
	Time      int64
	WireLen   uint32
	Interface uint32
	Link      LinkType
	Data      string
}

// readAll reads a source to its end with blocks of a source's own size, and returns the packets and the final error
// (nil for io.EOF).
func readAll(t testing.TB, s Source) ([]packet, error) {
	t.Helper()
	var ps []packet
	var b Block
	for {
		err := s.Next(&b)
		ps = appendPackets(ps, &b)
		if err == nil {
			continue
		}
		if again := s.Next(&b); again != err || len(b.Frames) > 0 {
			t.Errorf("Next after the error %v gives %v and %d frames", err, again, len(b.Frames))
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return ps, err
	}
}

// appendPackets copies the packets of a block.
func appendPackets(ps []packet, b *Block) []packet {
	for i, f := range b.Frames {
		ps = append(ps, packet{b.First + int64(i), f.Time, f.WireLen, f.Interface, f.Link, string(b.Bytes(i))})
	}
	return ps
}

// readBytes opens bytes as a stream and reads them in blocks of size bytes.
func readBytes(t testing.TB, data []byte, size int) ([]packet, Info, error) {
	t.Helper()
	s, err := open("test", bytes.NewReader(data), nil, size)
	if err != nil {
		return nil, Info{}, err
	}
	defer s.Close()
	ps, err := readAll(t, s)
	return ps, s.Info(), err
}

// file writes a file into a new folder and returns its path.
func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writer builds captures by hand, in either byte order.
type writer struct{ binary.AppendByteOrder }

var (
	little = writer{binary.LittleEndian}
	big    = writer{binary.BigEndian}
)

func (w writer) u32(vs ...uint32) (b []byte) {
	for _, v := range vs {
		b = w.AppendUint32(b, v)
	}
	return b
}

// pcap is a file header.
func (w writer) pcap(magic uint32, minor uint16, snaplen, network uint32) []byte {
	b := w.u32(magic)
	b = w.AppendUint16(b, 2)
	b = w.AppendUint16(b, minor)
	return append(b, w.u32(0, 0, snaplen, network)...)
}

// record is a record of a classic file; more are the fields that a variant adds to its header.
func (w writer) record(sec, frac, captured, original uint32, data string, more ...byte) []byte {
	return append(append(w.u32(sec, frac, captured, original), more...), data...)
}

// block is a pcapng block around a body, which is padded.
func (w writer) block(typ uint32, body ...[]byte) []byte {
	inner := pad(bytes.Join(body, nil))
	total := uint32(len(inner) + 12)
	return bytes.Join([][]byte{w.u32(typ, total), inner, w.u32(total)}, nil)
}

func (w writer) section() []byte {
	version := w.AppendUint16(w.AppendUint16(nil, 1), 0)
	return w.block(ngSectionHeader, w.u32(magicOrder), version, w.u32(0xffffffff, 0xffffffff))
}

func (w writer) iface(link uint16, snaplen uint32, options ...[]byte) []byte {
	return w.block(ngInterface, w.AppendUint16(w.AppendUint16(nil, link), 0), w.u32(snaplen), bytes.Join(options, nil))
}

func (w writer) option(code uint16, value ...byte) []byte {
	return pad(append(w.AppendUint16(w.AppendUint16(nil, code), uint16(len(value))), value...))
}

func (w writer) option64(code uint16, value uint64) []byte {
	return w.option(code, w.AppendUint64(nil, value)...)
}

func (w writer) enhanced(id uint32, ticks uint64, original uint32, data string, options ...[]byte) []byte {
	fixed := w.u32(id, uint32(ticks>>32), uint32(ticks), uint32(len(data)), original)
	return w.block(ngEnhancedPacket, fixed, pad([]byte(data)), bytes.Join(options, nil))
}

func (w writer) obsolete(id, drops uint16, ticks uint64, original uint32, data string) []byte {
	first := w.AppendUint16(w.AppendUint16(nil, id), drops)
	return w.block(ngPacket, first, w.u32(uint32(ticks>>32), uint32(ticks), uint32(len(data)), original), []byte(data))
}

func (w writer) simple(original uint32, data string) []byte {
	return w.block(ngSimplePacket, w.u32(original), []byte(data))
}

func (w writer) stats(id uint32, options ...[]byte) []byte {
	return w.block(ngStatistics, w.u32(id, 0, 0), bytes.Join(options, nil))
}

func pad(b []byte) []byte { return append(b[:len(b):len(b)], make([]byte, -len(b)&3)...) }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
