package proxy

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestSOCKSGreeting(t *testing.T) {
	tests := []struct {
		name, in, methods string
		n                 int
		err               error
	}{
		{"no authentication or password", "\x05\x02\x00\x02rest", "\x00\x02", 4, nil},
		{"half", "\x05\x02\x00", "", 0, ErrShort},
		{"version only", "\x05", "", 0, ErrShort},
		{"empty", "", "", 0, ErrShort},
		{"SOCKS4", "\x04\x01\x01\xbb", "", 0, ErrSyntax},
		{"no methods", "\x05\x00", "", 0, ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, n, err := ParseSOCKSGreeting([]byte(tt.in))
			if string(m) != tt.methods || n != tt.n || !errors.Is(err, tt.err) {
				t.Errorf("got %x, %d, %v", m, n, err)
			}
		})
	}
}

func TestSOCKSRequest(t *testing.T) {
	v6 := "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
	tests := []struct {
		name, in string
		want     SOCKS
		n        int
		err      error
	}{
		{"name", "\x05\x01\x00\x03\x09A.example\x01\xbbrest", SOCKS{SOCKSConnect, "a.example", 443}, 16, nil},
		{"IPv4", "\x05\x01\x00\x01\xc0\x00\x02\x01\x13\x8c", SOCKS{SOCKSConnect, "192.0.2.1", 5004}, 10, nil},
		{"IPv6", "\x05\x03\x00\x04" + v6 + "\x13\x8c", SOCKS{SOCKSUDPAssociate, "2001:db8::1", 5004}, 22, nil},
		{"address with a zone as a name", "\x05\x01\x00\x03\x07::1%0 0\x01\xbb", SOCKS{SOCKSConnect, "::1", 443}, 14, nil},
		{"half", "\x05\x01\x00\x03\x09A.exam", SOCKS{}, 0, ErrShort},
		{"empty name", "\x05\x01\x00\x03\x00\x01\xbb", SOCKS{}, 0, ErrSyntax},
		{"command", "\x05\x04\x00\x01\xc0\x00\x02\x01\x13\x8c", SOCKS{}, 0, ErrSyntax},
		{"reserved byte", "\x05\x01\x01\x01\xc0\x00\x02\x01\x13\x8c", SOCKS{}, 0, ErrSyntax},
		{"address type", "\x05\x01\x00\x02\xc0\x00\x02\x01\x13\x8c", SOCKS{}, 0, ErrSyntax},
		{"version", "\x04\x01\x00\x01\xc0\x00\x02\x01\x13\x8c", SOCKS{}, 0, ErrSyntax},
		{"empty", "", SOCKS{}, 0, ErrShort},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, n, err := ParseSOCKSRequest([]byte(tt.in))
			if s != tt.want || n != tt.n || !errors.Is(err, tt.err) {
				t.Errorf("got %+v, %d, %v", s, n, err)
			}
		})
	}
	if s, n, err := ParseSOCKSReply([]byte("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")); err != nil || n != 10 || s.Code != SOCKSSucceeded || s.Host != "0.0.0.0" {
		t.Errorf("reply: %+v, %d, %v", s, n, err)
	}
	if _, _, err := ParseSOCKSReply([]byte("\x05\x09\x00\x01\x00\x00\x00\x00\x00\x00")); !errors.Is(err, ErrSyntax) {
		t.Errorf("reply code 9: %v", err)
	}
}

func TestSOCKS4Request(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, tt := range []struct {
		name, in string
		want     SOCKS
		n        int
		err      error
	}{
		{"address", "\x04\x01\x01\xbb\xaa\x48\x01\x02me\x00rest", SOCKS{SOCKSConnect, "170.72.1.2", 443}, 11, nil},
		{"no user", "\x04\x02\x13\x8c\xaa\x48\x01\x02\x00", SOCKS{SOCKSBind, "170.72.1.2", 5004}, 9, nil},
		{"4a", "\x04\x01\x01\xbb\x00\x00\x00\x07me\x00A.example\x00x", SOCKS{SOCKSConnect, "a.example", 443}, 21, nil},
		{"4a without name", "\x04\x01\x01\xbb\x00\x00\x00\x07me\x00\x00", SOCKS{}, 0, ErrSyntax},
		{"4a, half a name", "\x04\x01\x01\xbb\x00\x00\x00\x07\x00a.exa", SOCKS{}, 0, ErrShort},
		{"any address", "\x04\x01\x01\xbb\x00\x00\x00\x00\x00", SOCKS{SOCKSConnect, "0.0.0.0", 443}, 9, nil},
		{"user goes on", "\x04\x01\x01\xbb\xaa\x48\x01\x02me", SOCKS{}, 0, ErrShort},
		{"endless user", "\x04\x01\x01\xbb\xaa\x48\x01\x02" + long, SOCKS{}, 0, ErrSyntax},
		{"long user", "\x04\x01\x01\xbb\xaa\x48\x01\x02" + long + "\x00", SOCKS{}, 0, ErrSyntax},
		{"half", "\x04\x01\x01", SOCKS{}, 0, ErrShort},
		{"command", "\x04\x03\x01\xbb\xaa\x48\x01\x02\x00", SOCKS{}, 0, ErrSyntax},
		{"version", "\x05\x01\x01\xbb\xaa\x48\x01\x02\x00", SOCKS{}, 0, ErrSyntax},
		{"empty", "", SOCKS{}, 0, ErrShort},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n, err := ParseSOCKS4Request([]byte(tt.in))
			if s != tt.want || n != tt.n || !errors.Is(err, tt.err) {
				t.Errorf("got %+v, %d, %v", s, n, err)
			}
		})
	}
}

func TestSOCKS4Reply(t *testing.T) {
	for in, want := range map[string]error{
		"\x00\x5a\x00\x00\x00\x00\x00\x00": nil, "\x00\x5d\x00\x00\x00\x00\x00\x00x": nil,
		"\x00\x5e\x00\x00\x00\x00\x00\x00": ErrSyntax, "\x00\x59\x00\x00\x00\x00\x00\x00": ErrSyntax,
		"\x04\x5a\x00\x00\x00\x00\x00\x00": ErrSyntax, "\x00\x5a\x00\x00\x00\x00\x00": ErrShort, "": ErrShort,
	} {
		s, n, err := ParseSOCKS4Reply([]byte(in))
		if !errors.Is(err, want) || err == nil && (n != 8 || s.Code != in[1]) {
			t.Errorf("%x: %+v, %d, %v", in, s, n, err)
		}
	}
}

func FuzzSOCKS(f *testing.F) {
	f.Add([]byte("\x04\x01\x01\xbb\x00\x00\x00\x07me\x00A.example\x00"))
	f.Add([]byte("\x00\x5a\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x05\x02\x00\x02"))
	f.Add([]byte("\x05\x01\x00\x03\x09A.example\x01\xbb"))
	f.Add([]byte("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, n, err := ParseSOCKSGreeting(b)
		if (err == nil) != (n > 0) || n > len(b) || len(m) > 0 && n != 2+len(m) {
			t.Fatalf("greeting: %x, %d, %v", m, n, err)
		}
		for _, parse := range []func([]byte) (SOCKS, int, error){ParseSOCKSRequest, ParseSOCKSReply,
			ParseSOCKS4Request, ParseSOCKS4Reply} {
			s, n, err := parse(b)
			if (err == nil) != (n > 0) || n > len(b) || err != nil && s != (SOCKS{}) ||
				bytes.ContainsRune([]byte(s.Host), ' ') {
				t.Fatalf("%+v, %d, %v", s, n, err)
			}
		}
	})
}
