package rtcp

import "testing"

func TestMARI(t *testing.T) {
	tests := []struct {
		name, hex string
		want      MARI
		named, ok bool
	}{
		{"of the cloud", "8f ce 0006 d6a16603 00000000 4d415249 0107 0069 64309152 00014d68",
			MARI{0xd6a16603, 0x64309152, 85352}, true, true},
		{"another version", "8f ce 0006 d6a16603 00000000 4d415249 0207 0069 64309152 00014d68", MARI{}, true, false},
		{"short", "8f ce 0005 d6a16603 00000000 4d415249 0107 0069 64309152", MARI{}, true, false},
		{"long", "8f ce 0007 d6a16603 00000000 4d415249 0107 0069 64309152 00014d68 00000000", MARI{}, true, false},
		{"another name", remb, MARI{}, false, false},
		{"another format", "81 ce 0006 d6a16603 00000000 4d415249 0107 0069 64309152 00014d68", MARI{}, false, false},
		{"no feedback", rr, MARI{}, false, false},
	}
	for _, tt := range tests {
		p := one(t, tt.hex)
		if m, named, ok := p.MARI(); m != tt.want || named != tt.named || ok != tt.ok {
			t.Errorf("%s: %+v, %v, %v", tt.name, m, named, ok)
		}
	}
}

func TestAnswersRequest(t *testing.T) {
	for hex, want := range map[string]bool{
		"8f ce 0005 daea64d9 00000000 4d535452 00210006 00020100": true,
		"8f ce 0005 daea64d9 00000000 4d535452 00210005 00010100": false, // an announcement
		"8f ce 0004 daea64d9 00000000 4d535452 00210006":          false, // cut off
		mstr: false, mari: false, rr: false,
	} {
		if p := one(t, hex); p.AnswersRequest() != want {
			t.Errorf("%s: %v", hex, !want)
		}
	}
}

func TestStreamRequest(t *testing.T) {
	want := StreamRequest{Rate: 3_200_000, PayloadType: 97, MacroblockRate: 122_400, FrameSize: 8160, FrameRate: 3000}
	p := one(t, mstr)
	if r, ok := p.StreamRequest(); !ok || r != want {
		t.Errorf("%+v, %v", r, ok)
	}
	for name, hex := range map[string]string{
		"announcement": "8f ce 000b 00000000 00000000 4d535452 00110001 0400001c" + stream,
		"answer":       "8f ce 0006 daea64d9 00000000 4d535452 00210006 00020100 00000000",
		"no stream":    "8f ce 000b 00000000 00000000 4d535452 00110002 04000004" + stream,
		"another list": "8f ce 000b 00000000 00000000 4d535452 00110002 0500001c" + stream,
	} {
		p := one(t, hex)
		if r, ok := p.StreamRequest(); ok {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
