package rtcp

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// unhex reads hexadecimal digits; spaces are for the reader.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Packets in clear, laid out as in the figures of RFC 3550 section 6 and RFC 4585 section 6.
const (
	sr = "81 c8 000c 902f9e2e" + // sender
		" da8bd1fc dddda05a aaf4edd5 00000001 0000001c" + // NTP, RTP time, packets, octets
		" bc5e9a40 00000000 000046e1 00000111 09f36432 00024a79" // report block
	rr       = "81 c9 0007 902f9e2e bc5e9a40 80fffffe 000146e1 00000111 09f36432 00024a79"
	sdes     = "81 ca 0006 902f9e2e 0111 7b39633030656239322d316166622d 00 0000"
	bye      = "82 cb 0002 902f9e2e 00000007"
	app      = "81 cc 0003 902f9e2e 4d535452 00000001" // "MSTR"
	nack     = "81 cd 0003 902f9e2e bc5e9a40 00050001"
	pli      = "81 ce 0002 902f9e2e 902f9e2e"
	remb     = "8f ce 0004 902f9e2e 00000000 52454d42 00000000"
	xr       = "80 cf 0008 902f9e2e 0400 0002 da8bd1fc dddda05a 0500 0003 bc5e9a40 09f36432 00024a79"
	compound = sr + sdes + pli + bye
	// What AES-CM with HMAC-SHA1-80 makes of an RR: eight bytes in clear, ciphertext, E bit and index, tag.
	// The same without encryption (E bit 0): a tag follows the packets, as 16 bytes do in Webex's native app.
	srtcpClear = rr + sdesName + tag
	sdesName   = "81 ca 0003 902f9e2e 0104 75736572 0000" // "user"
	tag        = "000102030405060708090a0b0c0d0e0f"
	mari       = "8f ce 0006 902f9e2e 00000000 4d415249 0100 0000 00000000 00000000"
	mstr       = "8f ce 000b 00000000 00000000 4d535452 00110002 0400001c" + stream
	stream     = "0030d400 00000000 6100000c 0001de20 1fe0 0bb8 00000000"
	srtcp      = "81 c9 0007 902f9e2e f0e1d2c3 b4a59687 78695a4b 3c2d1e0f 00112233 44556677 80000001 000102030405060708 09"
)

func TestNext(t *testing.T) {
	var got []string
	for p, rest, ok := Next(unhex(t, compound)); ok; p, rest, ok = Next(rest) {
		ssrc, _ := p.Sender()
		got = append(got, fmt.Sprintf("%v/%d %d bytes %08x", p.Type, p.Count, p.Length, ssrc))
	}
	want := "SR/1 52 bytes 902f9e2e, SDES/1 28 bytes 902f9e2e, PSFB/1 12 bytes 902f9e2e, BYE/2 12 bytes 902f9e2e"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		name, hex string
		first     Type
		packets   int
		truncated bool
		clear     bool
		trailer   int
		is        bool
	}{
		{"compound", compound, SR, 4, false, true, 0, true},
		{"reduced size", pli, PSFB, 1, false, true, 0, true},
		{"receiver report without blocks", "80 c9 0001 902f9e2e", RR, 1, false, true, 0, true},
		{"type without a layout of ours", "80 d3 0001 902f9e2e", 211, 1, false, true, 0, true},
		{"SRTCP", srtcp, RR, 1, false, false, 0, true},
		{"SRTCP whose index looks like a header", "80 c9 0001 902f9e2e 80c00001 00010203040506070809", RR, 2, false, false, 0, true},
		{"cut by the capture", compound[:60], SR, 0, true, false, 0, false},
		{"cut in the second packet", sr + sdes[:20], SR, 1, false, false, 0, true},
		{"a byte too many", sr + "00", SR, 1, false, false, 0, true},
		{"report count does not fit", "9f c9 0001 902f9e2e", RR, 0, false, false, 0, true},
		{"in clear, with a tag", srtcpClear, RR, 2, false, true, 16, true},
		{"in clear, index and tag", rr + sdesName + tag + "00000007", RR, 2, false, true, 20, true},
		{"in clear, the tag like a header that is too long", rr + sdesName + "80 c9 00ff" + tag[:24], RR, 2, false, true, 16, true},
		{"in clear, the tag like a packet", rr + sdesName + "80 d3 0001 01234567" + tag[:16], RR, 3, false, true, 8, true},
		{"the name counts its padding", rr + sdes + tag, RR, 2, false, true, 16, true},
		{"an empty name proves nothing", rr + "81 ca 0002 902f9e2e 01000000" + tag, RR, 2, false, false, 0, true},
		{"nor do bytes that are no text", rr + "81 ca 0003 902f9e2e 0104 f1e2d3c4 0000" + tag, RR, 2, false, false, 0, true},
		{"feedback in clear, with a tag", mari + tag, PSFB, 1, false, true, 16, true},
		{"feedback, encrypted", "8f ce 0006 902f9e2e 00112233 f1e2d3c4 01000000 00000000 00000000" + tag, PSFB, 1, false, false, 0, true},
		{"more behind it than a tag", rr + sdesName + tag + tag, RR, 2, false, false, 0, true},
		{"version of the second packet", sr + "41 ca 0001 902f9e2e", SR, 1, false, false, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := unhex(t, tt.hex)
			c := Compound{Packets: 9, Clear: true, Truncated: true}
			if err := Parse(b, &c); err != nil {
				t.Fatal(err)
			}
			if c.First.Type != tt.first || c.Trailer != tt.trailer || c.Packets != tt.packets ||
				c.Truncated != tt.truncated || c.Clear != tt.clear || c.SSRC != 0x902f9e2e {
				t.Errorf("got %+v", c)
			}
			if Is(b) != tt.is {
				t.Errorf("Is %v", Is(b))
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	tests := []struct {
		name, hex string
		want      error
	}{
		{"empty", "", ErrShort},
		{"no SSRC", "80 c9 0000", ErrShort},
		{"version 1", "41 c9 0001 902f9e2e", ErrVersion},
		{"RTP, payload type 98", "80 62 0001 00000000 00000001", ErrType},
		{"RTP, payload type 96 with marker", "80 e0 0001 00000000 00000001", ErrType},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Compound{Packets: 3, Clear: true}
			if err := Parse(unhex(t, tt.hex), &c); !errors.Is(err, tt.want) || c.Packets != 0 || c.Clear {
				t.Errorf("got %v, %+v, want %v", err, c, tt.want)
			}
			if Is(unhex(t, tt.hex)) {
				t.Error("Is = true")
			}
		})
	}
}

// one returns the only packet of s.
func one(t testing.TB, s string) Packet {
	t.Helper()
	p, rest, ok := Next(unhex(t, s))
	if !ok || len(rest) != 0 || p.Truncated {
		t.Fatalf("%s: %+v, %x, %v", s, p, rest, ok)
	}
	return p
}

func TestReports(t *testing.T) {
	p := one(t, sr)
	want := SenderReport{SSRC: 0x902f9e2e, NTPTime: 0xda8bd1fcdddda05a, RTPTime: 0xaaf4edd5, PacketCount: 1,
		OctetCount: 28}
	if s, ok := p.SenderReport(); !ok || s != want {
		t.Errorf("SR: %+v, %v", s, ok)
	}
	block := ReportBlock{SSRC: 0xbc5e9a40, HighestSequence: 0x46e1, Jitter: 273, LastSR: 0x9f36432,
		DelaySinceLastSR: 150137}
	if b, ok := p.Report(0); !ok || b != block {
		t.Errorf("SR block: %+v, %v", b, ok)
	}
	p = one(t, rr)
	block.FractionLost, block.CumulativeLost, block.HighestSequence = 128, -2, 0x146e1
	if b, ok := p.Report(0); !ok || b != block {
		t.Errorf("RR block: %+v, %v", b, ok)
	}
	for _, i := range []int{-1, 1, 31} {
		if _, ok := p.Report(i); ok {
			t.Errorf("a report block %d", i)
		}
	}
	if _, ok := p.SenderReport(); ok {
		t.Error("an RR gives a sender report")
	}
	short := Packet{Type: SR, Count: 1, Body: make([]byte, 30)}
	if _, ok := short.Report(0); ok {
		t.Error("a cut block is read")
	}
}

// TestNames: what a source calls itself (RFC 3550 section 6.5.1), and who defined a format.
func TestNames(t *testing.T) {
	p := one(t, sdes)
	if ssrc, name, ok := p.CNAME(); !ok || ssrc != 0x902f9e2e || string(name) != "{9c00eb92-1afb-\x00\x00" {
		t.Errorf("CNAME %x %q %v", ssrc, name, ok)
	}
	p = one(t, app)
	if name, ok := p.AppName(); !ok || string(name) != "MSTR" || p.Count != 1 {
		t.Errorf("APP %q %v", name, ok)
	}
	p = one(t, remb)
	if name, ok := p.ApplicationName(); !ok || string(name) != "REMB" || p.FormatName() != "AFB" {
		t.Errorf("REMB %q %v", name, ok)
	}
}

func TestBodies(t *testing.T) {
	p := one(t, bye)
	if a, ok := p.Source(1); !ok || a != 7 {
		t.Errorf("BYE %d %v", a, ok)
	}
	if _, ok := p.Source(2); ok {
		t.Error("a third source")
	}
	p = one(t, nack)
	if f, ok := p.Feedback(); !ok || f.SenderSSRC != 0x902f9e2e || f.MediaSSRC != 0xbc5e9a40 || len(f.FCI) != 4 ||
		p.FormatName() != "NACK" {
		t.Errorf("NACK %+v %v %q", f, ok, p.FormatName())
	}
	p = one(t, xr)
	var blocks []string
	for x, rest, ok := NextBlock(p.Blocks()); ok; x, rest, ok = NextBlock(rest) {
		blocks = append(blocks, fmt.Sprintf("%d:%d", x.Type, len(x.Data)))
	}
	if s := strings.Join(blocks, " "); s != "4:8 5:12" {
		t.Errorf("XR blocks %s", s)
	}
}

func TestWrongType(t *testing.T) {
	p := one(t, pli)
	_, _, cname := p.CNAME()
	_, source := p.Source(0)
	_, name := p.AppName()
	_, report := p.Report(0)
	_, application := p.ApplicationName()
	if cname || source || name || report || application || p.Blocks() != nil || p.FormatName() != "PLI" {
		t.Errorf("a PLI is read as something else: %v %v %v %v %v", cname, source, name, report, application)
	}
}

func TestCNAME(t *testing.T) {
	tests := []struct {
		name, body string
		count      uint8
		ssrc       uint32
		want       string
		ok         bool
	}{
		{"second item", "00000001 0201 61 0102 6263 00", 1, 1, "bc", true},
		{"second chunk", "00000001 0201 61 00 00000002 0102 6263 00000000", 2, 2, "bc", true},
		{"empty list first", "00000001 00000000 00000002 0102 6263 00000000", 2, 2, "bc", true},
		{"empty name", "00000001 0100 0000", 1, 1, "", true},
		{"no CNAME", "00000001 0201 61 00", 1, 0, "", false},
		{"item too long", "00000001 0109 61 00", 1, 0, "", false},
		{"item without length", "00000001 02016101", 1, 0, "", false},
		{"list without end", "00000001 0202 6162", 2, 0, "", false},
		{"beyond the count", "00000001 0201 61 00 00000002 0102 6263 00000000", 1, 0, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Packet{Type: SDES, Count: tt.count, Body: unhex(t, tt.body)}
			ssrc, name, ok := p.CNAME()
			if ssrc != tt.ssrc || string(name) != tt.want || ok != tt.ok {
				t.Errorf("got %d %q %v", ssrc, name, ok)
			}
		})
	}
}

func TestTypeString(t *testing.T) {
	for typ, want := range map[Type]string{SR: "SR", RR: "RR", SDES: "SDES", BYE: "BYE", APP: "APP", RTPFB: "RTPFB",
		PSFB: "PSFB", XR: "XR", FIR: "FIR", NACK: "NACK", IJ: "IJ", 211: "211"} {
		if got := typ.String(); got != want {
			t.Errorf("%d: %q, want %q", uint8(typ), got, want)
		}
	}
}

func TestNoAllocs(t *testing.T) {
	b := unhex(t, compound)
	var c Compound
	n := testing.AllocsPerRun(100, func() {
		_ = Parse(b, &c)
		for p, rest, ok := Next(b); ok; p, rest, ok = Next(rest) {
			_, _ = p.SenderReport()
			_, _ = p.Report(0)
			_, _, _ = p.CNAME()
			_ = p.FormatName()
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, hex string }{{"Compound", compound}, {"SRTCP", srtcp}} {
		b.Run(bb.name, func(b *testing.B) {
			d := unhex(b, bb.hex)
			var c Compound
			b.ReportAllocs()
			for b.Loop() {
				if err := Parse(d, &c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
