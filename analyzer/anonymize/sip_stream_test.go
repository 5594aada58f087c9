package anonymize

import (
	"strings"
	"testing"
)

// TestFit: a message gets its length by short names of fields and spaces, its body unchanged; where neither suffices
// it is not made.
func TestFit(t *testing.T) {
	const message = "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nFrom: <sip:a>\r\n <more>\r\n" +
		"Content-Length: 4\r\n\r\nv=0\n"
	for _, c := range []struct {
		by   int
		want string
	}{
		{0, message},
		{3, strings.Replace(message, "4\r\n\r\n", "4   \r\n\r\n", 1)},
		{-3, strings.Replace(message, "Via: SIP", "v:SIP", 1)},
		{-5, strings.Replace(strings.Replace(message, "Via: SIP", "v:SIP", 1),
			"From: <sip:a>\r\n <more>\r\nContent-Length: 4\r\n", "f:<sip:a>\r\n <more>\r\nContent-Length: 4  \r\n", 1)},
		{-21, "INVITE sip:x SIP/2.0\r\nv:SIP/2.0/TCP h\r\nf:<sip:a>\r\n <more>\r\nl:4\r\n\r\nv=0\n"},
		{-22, ""},
	} {
		got := fit([]byte(message), len(message)+c.by)
		if string(got) != c.want || got != nil && len(got) != len(message)+c.by {
			t.Errorf("by %d: %d bytes\n%q, want\n%q", c.by, len(got)-len(message), got, c.want)
		}
	}
}

func TestSIPLength(t *testing.T) {
	const head = "OPTIONS sip:x SIP/2.0\r\nCall-ID: 1\r\n"
	for _, c := range []struct {
		name, message string
		want          int
	}{
		{"whole, and another behind it", head + "Content-Length: 4\r\n\r\nv=0\nOPTIONS", len(head) + 25},
		{"short name", head + "l:0\r\n\r\n", len(head) + 7},
		{"not whole", head + "Content-Length: 5\r\n\r\nv=0\n", 0},
		{"head not whole", head + "Content-Length: 0\r\n", 0},
		{"without", head + "\r\n", 0},
		{"negative", head + "Content-Length: -1\r\n\r\n", 0},
		{"beyond an integer", head + "Content-Length: 99999999999999999999\r\n\r\n", 0},
	} {
		if got := sipLength([]byte(c.message)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
