package xmpp

import (
	"bytes"
	"strings"
	"testing"
)

// The header of RFC 6120 section 9.1.1 and the negotiation that follows.
const (
	header = "<?xml version='1.0'?><stream:stream from='juliet@im.example.com' to='im.example.com' version='1.0' " +
		"xml:lang='en' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	features = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
	proceed  = `<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>`
)

func names(s string) (list []string, err error) {
	for b := []byte(s); ; {
		t, n, err := Next(b)
		if err != nil {
			return list, err
		}
		list = append(list, string(t.Name))
		b = b[n:]
	}
}

func TestNext(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		err      error
	}{
		{header + features + proceed, "?xml stream:stream stream:features starttls required /starttls /stream:features proceed", ErrShort},
		{" \n<a b='>'>text</a>", "a /a", ErrShort},
		{"<a b='>", "", ErrShort},
		{"<>", "", ErrSyntax},
		{"<!DOCTYPE x>", "", ErrSyntax},
		{"< a>", "", ErrSyntax},
		{strings.Repeat("x", MaxTag), "", ErrTooLong},
		{"<a " + strings.Repeat("x", MaxTag) + ">", "", ErrTooLong},
	} {
		if got, err := names(tt.in); strings.Join(got, " ") != tt.want || err != tt.err {
			t.Errorf("%.40q: %q, %v", tt.in, got, err)
		}
	}
}

func TestAttr(t *testing.T) {
	_, n, _ := Next([]byte(header))
	tag, _, err := Next([]byte(header)[n:])
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"to": "im.example.com", "from": "juliet@im.example.com", "version": "1.0", "xmlns": "jabber:client", "id": "", "stream": "",
	} {
		if got := string(tag.Attr(name)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, broken := range []string{"<a to>", "<a to=>", "<a to=x>", "<a b='1' to>"} {
		if tag, _, _ := Next([]byte(broken)); tag.Attr("to") != nil {
			t.Errorf("%s: %q", broken, tag.Attr("to"))
		}
	}
}

func TestIs(t *testing.T) {
	bare := header[strings.Index(header, "<stream"):]
	for in, want := range map[string]bool{
		header: true, bare: true, header[:len(header)-1]: false, "": false, "<": false, "<?xml version='1.0'?>": false,
		"<?xml version='1.0'?><soap:Envelope>":              false,
		"<stream:stream xmlns:stream='urn:example' to='x'>": false,
		"x" + bare: false, "GET / HTTP/1.1\r\n\r\n" + bare: false,
	} {
		if Is([]byte(in)) != want {
			t.Errorf("%.60q: want %v", in, want)
		}
	}
}

// FuzzNext: tags follow each other without end, stay in the input, and have the same names however the input is cut.
func FuzzNext(f *testing.F) {
	for _, s := range []string{header, header + features, proceed, "<a b='>'>x</a>", "<?x?><", "<a b=\"'\" c='\"'/>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = Is(b)
		for {
			tag, n, err := Next(b)
			if err != nil {
				if n != 0 || tag.Name != nil {
					t.Fatalf("%v, yet %d %q", err, n, tag.Name)
				}
				return
			}
			if n <= 0 || n > MaxTag || b[n-1] != '>' || !bytes.Contains(b[:n], tag.Name) || len(tag.Attr("to")) > n {
				t.Fatalf("%d %q of %q", n, tag.Name, b)
			}
			again, m, err := Next(b[:n])
			if err != nil || m != n || !bytes.Equal(again.Name, tag.Name) {
				t.Fatalf("%q alone: %d %q %v", b[:n], m, again.Name, err)
			}
			b = b[n:]
		}
	})
}
