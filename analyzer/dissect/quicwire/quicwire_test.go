package quicwire

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Keys as published: RFC 9001 appendix A.1, RFC 9369 appendix A.1, draft-ietf-quic-tls-29 appendix A.1.
func TestKeysPublished(t *testing.T) {
	for version, want := range map[uint32]string{
		Version1: "fa044b2f42a3fd3b46fb255c", Version2: "91f73e2351d8fa91660e909f", 0xff00001d: "6b26114b9cba2b63a9e8dd4f",
		0xff000020: "6b26114b9cba2b63a9e8dd4f", 0xff000022: "fa044b2f42a3fd3b46fb255c",
	} {
		if k := must(newKeys(version, rfcDCID, "client in")); hex.EncodeToString(k.iv[:]) != want {
			t.Errorf("version %s: IV %x, want %s", VersionName(version), k.iv, want)
		}
	}
}

func TestInitialPublished(t *testing.T) {
	tests := []struct {
		name    string
		version uint32
		server  bool
		typ     byte
		length  int
		holds   string // part of the message
	}{
		{"rfc9001-client", Version1, false, 1, 0xed, "\x00\x00\x0bexample.com\xff\x01"},
		{"rfc9001-server", Version1, true, 2, 0x56, "\x13\x01\x00\x00\x2e"},
		{"rfc9369-client", Version2, false, 1, 0xed, "\x00\x00\x0bexample.com\xff\x01"},
		{"rfc9369-server", Version2, true, 2, 0x56, "\x13\x01\x00\x00\x2e"},
	}
	for _, tt := range tests {
		a := new(Assembler)
		if tt.server {
			a.Add(vector(t, strings.Replace(tt.name, "server", "client", 1)))
			a = NewServerAssembler(a)
		}
		if !Is(vector(t, tt.name)) || !a.Add(vector(t, tt.name)) || a.Version() != tt.version ||
			!bytes.Equal(a.DCID(), rfcDCID) {
			t.Errorf("%s: not opened: version %#x, DCID %x", tt.name, a.Version(), a.DCID())
			continue
		}
		if m := first(a); m.Type != tt.typ || len(m.Body) != tt.length || !m.Whole ||
			!bytes.Contains(m.Body, []byte(tt.holds)) {
			t.Errorf("%s: %+v", tt.name, m)
		}
	}
}

// first is the first message.
func first(a *Assembler) (m Message) {
	for m = range a.Messages() {
		break
	}
	return m
}

func TestParse(t *testing.T) {
	p := must(Parse(vector(t, "rfc9001-server")))
	if p.Type != Initial || len(p.DCID) != 0 || hex.EncodeToString(p.SCID) != "f067a5502a4262b5" || len(p.Token) != 0 ||
		p.Cut || len(p.Bytes) != 135 {
		t.Errorf("%+v", p)
	}
	tests := []struct {
		name, bytes string
		typ         Type
		err         error
	}{
		{"token", "c0 00000001 01aa 01bb 03 010203 05 0011223344", Initial, nil},
		{"0-RTT", "d0 00000001 01aa 01bb 02 0011", ZeroRTT, nil},
		{"handshake", "e0 00000001 01aa 01bb 02 0011", Handshake, nil},
		{"retry", "f0 00000001 01aa 01bb 746f6b656e", Retry, nil},
		{"version 2 initial", "d0 6b3343cf 01aa 01bb 00 02 0011", Initial, nil},
		{"version 2 0-RTT", "e0 6b3343cf 01aa 01bb 02 0011", ZeroRTT, nil},
		{"version 2 handshake", "f0 6b3343cf 01aa 01bb 02 0011", Handshake, nil},
		{"version 2 retry", "c0 6b3343cf 01aa 01bb 746f6b656e", Retry, nil},
		{"version negotiation", "8a 00000000 01aa 01bb 00000001 6b3343cf", VersionNegotiation, nil},
		{"odd version list", "8a 00000000 01aa 01bb 00000001 6b", 0, ErrHeader},
		{"draft 29", "c0 ff00001d 01aa 01bb 00 02 0011", Initial, nil},
		{"unknown version", "c0 51303436 01aa 01bb 00 02 0011", 0, ErrVersion},
		{"short header", "40 00000001 01aa 01bb", 0, ErrHeader},
		{"version negotiation without a known version", "8a 00000000 01aa 01bb 0a0a0a0a", 0, ErrHeader},
		{"padding", "80 00000000 00 00 00000000 00000000", 0, ErrHeader},
		{"long connection id", "c0 00000001 15" + strings.Repeat("aa", 21) + "00 00 02 0011", 0, ErrHeader},
		{"cut in the connection id", "c0 00000001 08aabbcc", 0, ErrShort},
		{"cut in the token", "c0 00000001 01aa 01bb 09 0102", 0, ErrShort},
		{"huge token", "c0 00000001 01aa 01bb ffffffffffffffff 0102", 0, ErrShort},
		{"RTP", "80 60000001 00000001 00000001", 0, ErrVersion},
		{"nothing", "", 0, ErrHeader},
	}
	for _, tt := range tests {
		p, err := Parse(unhex(tt.bytes))
		if p.Type != tt.typ || err != tt.err {
			t.Errorf("%s: %v %v", tt.name, p.Type, err)
		}
		if Is(unhex(tt.bytes)) != (tt.err == nil) {
			t.Errorf("%s: Is disagrees", tt.name)
		}
	}
	greased := unhex("80 00000001 01aa 01bb 00 02 0011")
	if p := must(Parse(greased)); p.Type != Initial || Is(greased) {
		t.Errorf("without the fixed bit: %v, %t", p.Type, Is(greased))
	}
	if p := must(Parse(unhex("c0 00000001 01aa 01bb 03 010203 09 0011"))); !p.Cut || string(p.Token) != "\x01\x02\x03" {
		t.Errorf("cut packet: %+v", p)
	}
}

func TestPacketsCoalesced(t *testing.T) {
	datagram := slices.Concat(
		vector(t, "rfc9001-server"), unhex("e0 00000001 00 08f067a5502a4262b5 04 00112233"), unhex("41 00 11 22 33 44 55 66"),
	)
	var got []string
	for p := range Packets(datagram) {
		got = append(got, fmt.Sprint(p.Type, len(p.Bytes)))
	}
	check(t, "packets", strings.Join(got, ", "), "initial 135, handshake 20")
}

// A hello in many frames, over several datagrams, in any order, with repetitions.
func TestAssemblerOutOfOrder(t *testing.T) {
	message := append([]byte{1, 0, 0x07, 0x00}, bytes.Repeat([]byte("webex"), 1792/5+1)[:1792]...)
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 20 {
		var frames [][]byte
		for at := 0; at < len(message); {
			n := min(1+random.IntN(300), len(message)-at)
			frames = append(frames, crypto(at, message[at:at+n]))
			at += n
		}
		frames = append(frames, frames[0], []byte{1}, []byte{2, 0, 0, 1, 0, 0, 0}, []byte{3, 0, 0, 0, 0, 1, 1, 1},
			make([]byte, 50))
		random.Shuffle(len(frames), func(i, j int) { frames[i], frames[j] = frames[j], frames[i] })
		var a Assembler
		whole := false
		for i, part := range slices.Collect(slices.Chunk(frames, 4)) {
			if whole {
				break
			}
			a.Add(seal(Version1, rfcDCID, uint16(i), append(slices.Concat(part...), make([]byte, 20)...)))
			m := first(&a)
			if !bytes.HasPrefix(message[4:], m.Body) {
				t.Fatalf("round %d: after %d datagrams: %q", round, i+1, m.Body)
			}
			whole = m.Whole
		}
		if m := first(&a); !m.Whole || m.Type != 1 || !bytes.Equal(m.Body, message[4:]) {
			t.Errorf("round %d: whole %t, %d bytes", round, whole, len(m.Body))
		}
	}
}

// After a Retry the client goes on with the connection id that the server gave; later it uses yet another one with the
// old keys.
func TestAssemblerConnectionIDs(t *testing.T) {
	message := append([]byte{1, 0, 0, 40}, bytes.Repeat([]byte{7}, 40)...)
	retried := unhex("f067a5502a4262b5")
	var a Assembler
	check(t, "first", a.Add(seal(Version1, rfcDCID, 0, crypto(0, message))), true)
	check(t, "after Retry", a.Add(seal(Version1, retried, 1, crypto(0, message[:30]))), true)
	check(t, "DCID", string(a.DCID()), string(retried))
	check(t, "begun anew", fmt.Sprint(len(first(&a).Body), first(&a).Whole), "26 false")
	check(t, "old keys", a.Add(seal(Version1, retried, 2, crypto(30, message[30:]))), true)
	check(t, "whole", first(&a).Whole, true)
	check(t, "version 2 with the same connection id", a.Add(seal(Version2, retried, 3, crypto(44, message))), true)
	check(t, "version", a.Version(), Version2)
	var sizes []int
	for m := range a.Messages() {
		sizes = append(sizes, len(m.Body))
	}
	check(t, "two hellos", fmt.Sprint(sizes), "[40 40]")
}

// The server's side needs the client's, and follows it.
func TestServerAssembler(t *testing.T) {
	var client Assembler
	server := NewServerAssembler(&client)
	check(t, "before the client", server.Add(vector(t, "rfc9001-server")), false)
	client.Add(seal(Version1, unhex("f067a5502a4262b5"), 0, crypto(0, make([]byte, 30))))
	check(t, "another connection id", server.Add(vector(t, "rfc9001-server")), false)
	check(t, "no version", server.Version(), 0)
	client.Add(vector(t, "rfc9001-client"))
	check(t, "the client's packet on the server's side", server.Add(vector(t, "rfc9001-client")), false)
	check(t, "after Retry", server.Add(vector(t, "rfc9001-server")), true)
	check(t, "message", first(server).Type, 2)
}

func TestAssemblerBounds(t *testing.T) {
	var a Assembler
	a.add(MaxCrypto-10, make([]byte, 11))
	a.add(math.MaxInt, make([]byte, 11))
	check(t, "beyond the end", len(a.pieces), 0)
	for i := range 2 * MaxFragments {
		a.add(2*i+1, []byte{1})
	}
	check(t, "pieces", len(a.pieces), MaxFragments)

	a = Assembler{}
	for i := range 40 {
		a.add(i, make([]byte, 1000+i))
	}
	if a.size > MaxCrypto {
		t.Errorf("%d bytes", a.size)
	}

	a = Assembler{}
	damaged := vector(t, "rfc9001-client")
	damaged[600] ^= 1
	for range 2 * MaxPackets {
		check(t, "damaged packet opened", a.Add(damaged), false)
	}
	check(t, "packets", a.packets, MaxPackets)
	check(t, "given up", a.Add(vector(t, "rfc9001-client")), false)
}

func TestAssemblerCut(t *testing.T) {
	packet := vector(t, "rfc9001-client")
	for n := range packet {
		var a Assembler
		if a.Add(packet[:n]) {
			t.Fatalf("%d bytes: opened", n)
		}
	}
}

func TestVersionName(t *testing.T) {
	for v, want := range map[uint32]string{1: "1", Version2: "2", 0xff00001d: "draft-29", 0x51303530: "0x51303530"} {
		check(t, "version", VersionName(v), want)
	}
	check(t, "type", Type(0).String()+" "+Retry.String(), "unknown retry")
}

func check[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Every packet of a walk lies in the datagram; no input makes the Assembler keep more than it may.
func FuzzAssembler(f *testing.F) {
	for _, name := range []string{"rfc9001-client", "rfc9001-server", "rfc9369-client", "rfc9369-server"} {
		f.Add(vector(f, name), []byte{6, 0, 1, 9})
	}
	f.Add(unhex("8a 00000000 01aa 01bb 00000001 6b3343cf"), slices.Concat(crypto(3, []byte("abc")), crypto(0, []byte("\x01\x00\x00\x05"))))
	f.Fuzz(func(t *testing.T, datagram, frames []byte) {
		rest := len(datagram)
		for p := range Packets(datagram) {
			if len(p.Bytes) == 0 || len(p.Bytes) > rest || len(p.DCID) > maxCID || len(p.SCID) > maxCID {
				t.Fatalf("%+v of %d bytes", p, rest)
			}
			rest -= len(p.Bytes)
		}
		var a Assembler
		a.Add(datagram)
		NewServerAssembler(&Assembler{dcid: rfcDCID}).Add(datagram)
		a.frames(frames)
		size := 0
		for m := range a.Messages() {
			size += len(m.Body)
		}
		if a.size > MaxCrypto || len(a.pieces) > MaxFragments || size > a.size {
			t.Fatalf("%d bytes in %d pieces, %d in messages", a.size, len(a.pieces), size)
		}
	})
}

func BenchmarkClientInitial(b *testing.B) {
	packet := vector(b, "rfc9001-client")
	b.ReportAllocs()
	for b.Loop() {
		var a Assembler
		a.Add(packet)
		first(&a)
	}
}

func BenchmarkIs(b *testing.B) {
	packet := vector(b, "rfc9001-client")
	b.ReportAllocs()
	for b.Loop() {
		Is(packet)
	}
}
