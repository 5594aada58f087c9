package h323

import (
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A SETUP with bearer capability, display and User-User element, and the answers to it, in TPKT.
const (
	setup    = "03000028 08 02 0001 05 04 03 8890a5 28 04 41424300 7e 0011 05 20 a006 0008914a 0004 0001 02030405 06"
	proceed  = "0300001a 08 02 8001 02 7e 000e 05 21 8006 0008914a 0004 00010203"
	alerting = "0300001a 08 02 8001 01 7e 000e 05 23 8006 0008914a 0004 00010203"
	connect  = "0300001a 08 02 8001 07 7e 000e 05 22 c006 0008914a 0004 00010203"
	release  = "0300001d 08 02 8001 5a 08 02 8090 7e 000d 05 25 8006 0008914a 0004 000102"
	facility = "03000011 08 02 0000 62 1c 00 7e 0003 05 2600"
	rdp      = "03000013 0e e0 0000 0000 00 01 00 0800 03000000" // X.224 connection request of RDP
	grq      = "0200 0001 06 0008914a 0004 00 0a000001 06b7"
	rrq      = "0e80 0002 06 0008914a 0004 00 00"
	arq      = "2690 0003 00"
)

func TestCall(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     Message
		is       bool
	}{
		{"setup", setup, Message{Setup, 1, false, true}, true},
		{"call proceeding", proceed, Message{CallProceeding, 1, true, true}, true},
		{"alerting", alerting, Message{Alerting, 1, true, true}, true},
		{"connect", connect, Message{Connect, 1, true, true}, true},
		{"release complete", release, Message{ReleaseComplete, 1, true, true}, true},
		{"facility", facility, Message{Facility, 0, false, false}, false},
	} {
		b := append(unhex(t, tt.in), 0xff, 0xff)
		p, n, err := NextTPKT(b)
		if err != nil || n != len(b)-2 {
			t.Errorf("%s: %d of %d bytes, %v", tt.name, n, len(b)-2, err)
		}
		m, err := ParseQ931(p)
		if err != nil || m != tt.want || m.Type.String() != tt.name || IsCall(b) != tt.is {
			t.Errorf("%s: %+v %q, %v, %v", tt.name, m, m.Type, IsCall(b), err)
		}
		if IsCall(b[:n-1]) {
			t.Errorf("%s: recognised without its last byte", tt.name)
		}
	}
}

func TestNoCall(t *testing.T) {
	change := func(at int, v byte) string {
		b := unhex(t, setup)
		b[at] = v
		return hex.EncodeToString(b)
	}
	for name, in := range map[string]string{
		"RDP": rdp, "nothing": "", "TPKT version 2": change(0, 2), "reserved octet": change(1, 1), "another discriminator": change(4, 9),
		"call reference of one octet": change(5, 1), "unknown type": change(8, 0x45), "an element that is too long": change(10, 200),
		"another object identifier": change(31, 0x35), "User-User of another kind": change(23, 4), "TLS": "16030100", "length of 4": "03000004",
		"length of 65535": "0300ffff 08020001",
	} {
		if IsCall(unhex(t, in)) {
			t.Errorf("%s: taken for call signalling", name)
		}
	}
	if _, _, err := NextTPKT(unhex(t, "0300")); err != ErrShort {
		t.Errorf("half a header: %v", err)
	}
}

func TestRAS(t *testing.T) {
	for _, tt := range []struct {
		in    string
		known bool
		want  string
		err   error
	}{
		{grq, false, "gatekeeperRequest", nil},
		{rrq, false, "registrationRequest", nil},
		{rrq, true, "registrationRequest", nil},
		{arq, true, "admissionRequest", nil},
		{arq, false, "", ErrSyntax},
		{"0e80 0002 06 00089135 0004", true, "", ErrSyntax},
		{"6490 0003 00", true, "", ErrSyntax},
		{"8090 0003 00", true, "", ErrSyntax},
		{"0200", true, "", ErrSyntax},
		{"0001 0000 2112a442", false, "", ErrSyntax},
	} {
		r, err := ParseRAS(unhex(t, tt.in), tt.known)
		if err != tt.err || err == nil && r.String() != tt.want {
			t.Errorf("%s, %v: %v, %v", tt.in, tt.known, r, err)
		}
	}
}

// FuzzParse: packets stay in the input, and nothing is recognised that has no object identifier.
func FuzzParse(f *testing.F) {
	for _, s := range []string{setup, proceed, release, facility, rdp, grq, rrq, arq} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, errRAS := ParseRAS(b, false)
		if (errRAS == nil || IsCall(b)) && !strings.Contains(string(b), string(protocolID)) {
			t.Fatalf("% x", b)
		}
		if r, err := ParseRAS(b, true); err == nil && r.String() == "" {
			t.Fatalf("RAS message %d", r)
		}
		p, n, err := NextTPKT(b)
		if err != nil {
			return
		}
		if len(p)+TPKTHeaderLen != n || n > len(b) {
			t.Fatalf("%d and %d of %d bytes", len(p), n, len(b))
		}
		if m, err := ParseQ931(p); err == nil && m.Type.String() == "" || err != nil && m != (Message{}) {
			t.Fatalf("%+v, %v", m, err)
		}
	})
}
