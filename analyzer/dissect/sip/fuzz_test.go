package sip

import (
	"bytes"
	"testing"
)

// FuzzParse: what is read lies within the input, and reading it in pieces never says anything else of a field than
// reading it whole.
func FuzzParse(f *testing.F) {
	for _, s := range []string{register, trying, ok, tortuous, rport, register[:90], "INVITE sip:b", "\r\n\r\n", "SIP/2.0 200 OK\r\nv: SIP/2.0/TCP [::1]:5\r\nm: \"\\\"<a,b>\" <sip:a@[::1]>\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Message
		err := Parse(b, &m)
		if is := Is(b); is != (err == nil) && len(b) >= 8 {
			t.Fatalf("recognised: %v, but %v", is, err)
		}
		_ = MayBecome(b)
		if n := KeepAlive(b); n > 0 && err == nil {
			t.Fatalf("a message that begins with %d bytes of nothing", n)
		}
		if i := NextStart(b); i == 0 || i > 0 && !Is(b[i:]) {
			t.Fatalf("no message at %d", i)
		}
		if err != nil {
			return
		}
		m.checkBounds(t, len(b))
		m.checkHalf(t, b[:m.Head/2])
	})
}

func (m *Message) checkBounds(t *testing.T, size int) {
	t.Helper()
	if m.Head > size || m.Whole && m.Head+len(m.Body) != size || len(m.Via) > MaxVia || len(m.Contact) > MaxContact {
		t.Fatalf("%+v", m)
	}
	if m.ContentLength < -1 || m.Expires < -1 || (m.Method == nil) != (m.Status >= 100 && m.Status < 700) {
		t.Fatalf("%+v", m)
	}
}

// checkHalf reads half of the message's head.
func (m *Message) checkHalf(t *testing.T, half []byte) {
	t.Helper()
	var cut Message
	if Parse(half, &cut) != nil {
		return
	}
	if cut.CallID != nil && !bytes.Equal(cut.CallID, m.CallID) || len(cut.Via) > len(m.Via) ||
		cut.ContentLength >= 0 && cut.ContentLength != m.ContentLength {
		t.Fatalf("whole %s\nhalf  %s", text(m), text(&cut))
	}
}
