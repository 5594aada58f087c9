package proxy

import (
	"bytes"
	"errors"
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

func FuzzSOCKS(f *testing.F) {
	f.Add([]byte("\x05\x02\x00\x02"))
	f.Add([]byte("\x05\x01\x00\x03\x09A.example\x01\xbb"))
	f.Add([]byte("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, n, err := ParseSOCKSGreeting(b)
		if (err == nil) != (n > 0) || n > len(b) || len(m) > 0 && n != 2+len(m) {
			t.Fatalf("greeting: %x, %d, %v", m, n, err)
		}
		for _, parse := range []func([]byte) (SOCKS, int, error){ParseSOCKSRequest, ParseSOCKSReply} {
			s, n, err := parse(b)
			if (err == nil) != (n > 0) || n > len(b) || err != nil && s != (SOCKS{}) ||
				bytes.ContainsRune([]byte(s.Host), ' ') {
				t.Fatalf("%+v, %d, %v", s, n, err)
			}
		}
	})
}
