package rtp

import (
	"bytes"
	"encoding/binary"
	"testing"

	pion "github.com/pion/rtp"
)

// FuzzParse checks that Parse stays within its input and reads what pion/rtp reads.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		audioPacket, nativePacket,
		"90 65 782c e0e91ff0 cdce7cb6 10000003 0407 00359064309ab0 000000",
		"90 65 782c e0e91ff0 cdce7cb6 bede0004 0346 00359064 309ab000 f6010203 04050607",
		"80 62 0001 000003c0 deadbeef 0102030405",
		"82 f5 ffff ffffffff 00000001 0000000a 0000000b 00",
		"b0 6f 0002 00000000 00000001 1000 0002 0201aa00 03000000 0102030003",
		"90 6f 0002 00000000 00000001 abac ffff 10aa0000 0102",
		"9f 6f 0002 00000000 00000001 bede",
		"81 c8 000c 00000001",
	} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h := Header{ExtensionData: b, CSRCCount: 99, csrc: b}
		err := Parse(b, &h)
		if (err == nil) != (len(b) >= FixedLen && b[0]>>6 == 2) {
			t.Fatalf("Parse: %v", err)
		}
		if err != nil {
			return
		}
		forbidden := h.PayloadType >= 64 && h.PayloadType <= 95
		if Is(b) == (h.Truncated || forbidden) {
			t.Fatalf("Is %v, %+v", Is(b), h)
		}
		if !h.Truncated && h.HeaderLen+h.PayloadLen != len(b) || h.PaddingLen > h.PayloadLen ||
			h.Truncated && h.PayloadLen != 0 {
			t.Fatalf("%d bytes, %+v", len(b), h)
		}
		compare(t, b, &h)
		compareSent(t, &h)
		checkSources(t, b, &h)
	})
}

func checkSources(t *testing.T, b []byte, h *Header) {
	t.Helper()
	for i := -1; i <= 16; i++ {
		if _, ok := h.CSRC(i); ok != (i >= 0 && i < min(h.CSRCCount, (len(b)-FixedLen)/4)) {
			t.Fatalf("CSRC(%d) %v, %+v", i, ok, h)
		}
	}
}

// compareSent holds Sent, which walks the elements of one form on its own, against the iterator.
func compareSent(t *testing.T, h *Header) {
	t.Helper()
	var want []byte
	for e := h.Elements(); !h.Truncated && want == nil && e.Next(); {
		if len(e.Value) == sentLen {
			want = e.Value
		}
	}
	x, ok := h.Sent()
	var b [8]byte
	binary.BigEndian.PutUint32(b[:], x.Counter<<8)
	binary.BigEndian.PutUint32(b[3:], x.Clock)
	if ok != (want != nil) || ok && !bytes.Equal(b[:sentLen], want) || !ok && x != (Sent{}) {
		t.Fatalf("%+v %v of %x", x, ok, want)
	}
}

// compare holds h against pion's reading of b, wherever pion accepts b.
func compare(t *testing.T, b []byte, h *Header) {
	t.Helper()
	var p pion.Header
	n, err := p.Unmarshal(b)
	if err != nil {
		return
	}
	if h.HeaderLen != n || !h.equal(&p) {
		t.Fatalf("%+v\npion %+v, %d", h, p, n)
	}
	for i, want := range p.CSRC {
		if got, ok := h.CSRC(i); !ok || got != want {
			t.Errorf("CSRC(%d) = %d, pion %d", i, got, want)
		}
	}
	switch {
	case h.Extension && h.ExtensionProfile != p.ExtensionProfile:
		t.Errorf("profile %#x, pion %#x", h.ExtensionProfile, p.ExtensionProfile)
	case h.Extension && (h.ExtensionProfile == ProfileOneByte || h.ExtensionProfile == ProfileTwoByte):
		compareElements(t, h, &p)
	}
}

// equal compares the fields of the first twelve bytes (RFC 3550 section 5.1).
func (h *Header) equal(p *pion.Header) bool {
	return !h.Truncated && h.Padding == p.Padding && h.Extension == p.Extension && h.Marker == p.Marker &&
		h.PayloadType == p.PayloadType && h.SequenceNumber == p.SequenceNumber && h.Timestamp == p.Timestamp &&
		h.SSRC == p.SSRC && h.CSRCCount == len(p.CSRC)
}

func compareElements(t *testing.T, h *Header, p *pion.Header) {
	t.Helper()
	e := h.Elements()
	seen := map[uint8]bool{}
	for _, id := range p.GetExtensionIDs() {
		if !e.Next() || e.ID != id || !seen[id] && !bytes.Equal(e.Value, p.GetExtension(id)) {
			t.Fatalf("element %d %x, pion %d %x", e.ID, e.Value, id, p.GetExtension(id))
		}
		seen[id] = true // pion looks up the first of an ID
	}
	if e.Next() {
		t.Errorf("element %d %x that pion has not", e.ID, e.Value)
	}
}

// TestPayload compares payload and padding with pion's whole packet.
func TestPayload(t *testing.T) {
	for _, s := range []string{audioPacket, "a0 62 0001 00000000 00000001 0102 000003", "b1 6f 0002 00000000 00000001 00000007 0000 0000 01020002"} {
		b := unhex(t, s)
		var p pion.Packet
		var h Header
		if err := p.Unmarshal(b); err != nil {
			t.Fatal(err)
		}
		if err := Parse(b, &h); err != nil || h.PayloadLen-h.PaddingLen != len(p.Payload) {
			t.Errorf("%s: %d-%d bytes, pion %d (%v)", s, h.PayloadLen, h.PaddingLen, len(p.Payload), err)
		}
	}
}
