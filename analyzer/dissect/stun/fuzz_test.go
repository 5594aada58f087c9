package stun

import (
	"bytes"
	"net/netip"
	"testing"

	pion "github.com/pion/stun/v3"
)

// FuzzParse checks that Parse agrees with Is, stays within its input, and reads what pion/stun reads.
func FuzzParse(f *testing.F) {
	for _, s := range []string{sampleRequest, sampleIPv4, sampleIPv6, sampleLongTerm} {
		b := unhex(f, s)
		f.Add(b)
		f.Add(b[:len(b)-7])
		b = bytes.Clone(b)
		b[4] ^= 0xff
		f.Add(b)
	}
	f.Add(message(f, NewType(Allocate, SuccessResponse), "0016 0008 0001 7f82 e112a643 000d 0004 00000258 8020 0008 0001a147e112a643"))
	f.Add(message(f, NewType(Send, Indication), "0012 0008 0001a147e112a643 0013 0003 80620000"))
	f.Add(message(f, NewType(Binding, ErrorResponse), "0009 0004 00000401 c003 0000 c000 0000 7abc 0002 0000 0000"))
	f.Add(unhex(f, "4001 0005 6162636465"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := Message{Software: []byte("stale")}
		err := Parse(b, &m)
		if (err == nil) != (Is(b) || IsClassic(b)) {
			t.Fatalf("Parse: %v, Is %v, IsClassic %v", err, Is(b), IsClassic(b))
		}
		if c, err := ParseChannelData(b); IsChannelData(b) && (err != nil || c.Truncated) {
			t.Fatalf("IsChannelData, but ParseChannelData: %+v, %v", c, err)
		}
		if err != nil {
			return
		}
		if m.Attributes*attrHeaderLen > len(b) || len(m.Software)+len(m.Username)+len(m.Data) > len(b) ||
			m.Unknown+m.Malformed > m.Attributes {
			t.Fatalf("more than the input holds: %+v", m)
		}
		if !m.Truncated && m.Size() > len(b) {
			t.Fatalf("size %d of %d bytes, yet not truncated", m.Size(), len(b))
		}
		compare(t, b, &m)
	})
}

// compare holds m against pion's reading of b, wherever pion accepts b.
func compare(t *testing.T, b []byte, m *Message) {
	t.Helper()
	var p pion.Message
	if pion.Decode(b, &p) != nil {
		return
	}
	if m.Truncated || m.Attributes != len(p.Attributes) {
		t.Fatalf("truncated %v, %d attributes, pion %d", m.Truncated, m.Attributes, len(p.Attributes))
	}
	if uint16(m.Type) != p.Type.Value() || uint16(m.Type.Method()) != uint16(p.Type.Method) ||
		uint8(m.Type.Class()) != uint8(p.Type.Class) {
		t.Errorf("type %v, pion %v", m.Type, p.Type)
	}
	compareTexts(t, m, &p)
	compareAddresses(t, m, &p)
	var e pion.ErrorCodeAttribute
	if first, ok := p.Attributes.Get(pion.AttrErrorCode); ok && len(first.Value) >= 4 && e.GetFrom(&p) == nil {
		if m.ErrorCode != int(e.Code) && e.Code != 0 {
			t.Errorf("error code %d, pion %d", m.ErrorCode, e.Code)
		}
	}
	for typ, got := range map[pion.AttrType]bool{
		pion.AttrUseCandidate: m.UseCandidate, pion.AttrFingerprint: m.Fingerprint,
		pion.AttrMessageIntegrity: m.MessageIntegrity, 0xC003: m.HasFlowInfo,
	} {
		if got != p.Contains(typ) {
			t.Errorf("%v: there is one: %v, pion %v", typ, got, !got)
		}
	}
}

func compareTexts(t *testing.T, m *Message, p *pion.Message) {
	t.Helper()
	for _, x := range []struct {
		typ  pion.AttrType
		got  []byte
		name string
	}{{pion.AttrSoftware, m.Software, "SOFTWARE"}, {pion.AttrUsername, m.Username, "USERNAME"},
		{pion.AttrRealm, m.Realm, "REALM"}, {pion.AttrData, m.Data, "DATA"}} {
		want, ok := p.Attributes.Get(x.typ)
		if (x.got != nil) != ok || !bytes.Equal(x.got, want.Value) {
			t.Errorf("%s: %q, pion %q", x.name, x.got, want.Value)
		}
	}
}

// compareAddresses compares where the first attribute of the type has the size that the standard asks for: pion reads
// over-long values and looks at no second attribute.
func compareAddresses(t *testing.T, m *Message, p *pion.Message) {
	t.Helper()
	for _, x := range []struct {
		typ pion.AttrType
		xor bool
		got netip.AddrPort
	}{
		{pion.AttrMappedAddress, false, m.MappedAddress}, {pion.AttrAlternateServer, false, m.AlternateServer},
		{pion.AttrXORMappedAddress, true, m.XORMappedAddress}, {pion.AttrXORRelayedAddress, true, m.XORRelayedAddress}, {pion.AttrXORPeerAddress, true, m.XORPeerAddress},
	} {
		first, ok := p.Attributes.Get(x.typ)
		if !ok || len(first.Value) != 8 && len(first.Value) != 20 {
			continue
		}
		want, ok := pionAddress(p, x.typ, x.xor)
		if ok && (len(first.Value) == 20) == want.Addr().Is6() && x.got != want {
			t.Errorf("%v: %v, pion %v", x.typ, x.got, want)
		}
	}
}

func pionAddress(p *pion.Message, typ pion.AttrType, xor bool) (netip.AddrPort, bool) {
	var plain pion.MappedAddress
	if !xor {
		err := plain.GetFromAs(p, typ)
		a, ok := netip.AddrFromSlice(plain.IP)
		return netip.AddrPortFrom(a, uint16(plain.Port)), ok && err == nil
	}
	var masked pion.XORMappedAddress
	err := masked.GetFromAs(p, typ)
	a, ok := netip.AddrFromSlice(masked.IP)
	return netip.AddrPortFrom(a, uint16(masked.Port)), ok && err == nil
}
