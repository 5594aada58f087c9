package tlswire

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// note is an event in one line, with a copy of what it borrowed.
func note(e Event) string {
	s := e.Kind.String()
	switch {
	case e.Kind == KindAlert:
		s += " " + e.Alert.String()
	case e.Kind == KindProtected:
		s += fmt.Sprintf(" type=%d size=%d", e.Record, e.Size)
	case e.Body != nil:
		s += fmt.Sprintf(" %d", len(e.Body))
	}
	if e.Cut {
		s += " cut"
	}
	return s
}

// readAll feeds the pieces and returns the events, each with its body's content.
func readAll(r *Reader, pieces ...[]byte) (notes []string, err error) {
	emit := func(e Event) { notes = append(notes, note(e)+string(e.Body)) }
	for _, p := range pieces {
		err = r.Feed(p, emit)
	}
	r.Finish(emit)
	return notes, err
}

// kinds is the sequence of event kinds in a stream, joined by blanks.
func kinds(t *testing.T, stream []byte) string {
	t.Helper()
	var list []string
	var r Reader
	if err := r.Feed(stream, func(e Event) { list = append(list, e.Kind.String()) }); err != nil {
		t.Error(err)
	}
	return strings.Join(list, " ")
}

func TestReaderFullHandshake12(t *testing.T) {
	client, server := converse2(t, tls.VersionTLS12, func(c, _ *tls.Config) {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	})
	check(t, "client", kinds(t, client), "client-hello client-key-exchange change-cipher-spec protected")
	check(t, "server", kinds(t, server),
		"server-hello certificate server-key-exchange server-hello-done new-session-ticket change-cipher-spec protected protected protected")
}

func TestReaderClientCertificate12(t *testing.T) {
	client, server := converse2(t, tls.VersionTLS12, func(c, s *tls.Config) {
		c.Certificates = []tls.Certificate{newAuthority().leaf}
		s.ClientAuth = tls.RequireAndVerifyClientCert
	})
	check(t, "client", kinds(t, client),
		"client-hello certificate client-key-exchange certificate-verify change-cipher-spec protected")
	if got := kinds(t, server); !strings.Contains(got, "server-key-exchange certificate-request server-hello-done") {
		t.Errorf("server: %s", got)
	}
}

func TestReaderHandshake13(t *testing.T) {
	client, server := converse2(t, tls.VersionTLS13, nil)
	check(t, "client", kinds(t, client), "client-hello change-cipher-spec protected")
	if got := kinds(t, server); !strings.HasPrefix(got, "server-hello change-cipher-spec protected protected protected protected") {
		t.Errorf("server: %s", got)
	}
}

// The second ClientHello of TLS 1.3 comes in clear after a ChangeCipherSpec, and so does the second ServerHello.
func TestReaderHelloRetry(t *testing.T) {
	client, server := converse2(t, tls.VersionTLS13, func(_, s *tls.Config) {
		s.CurvePreferences = []tls.CurveID{tls.CurveP384}
	})
	check(t, "client", kinds(t, client), "client-hello change-cipher-spec client-hello protected")
	if got := kinds(t, server); !strings.HasPrefix(got, "hello-retry-request change-cipher-spec server-hello protected") {
		t.Errorf("server: %s", got)
	}
}

func TestReaderAlert(t *testing.T) {
	client, _ := converse2(t, tls.VersionTLS12, func(c, _ *tls.Config) { c.RootCAs = nil; c.ServerName = "other.example.test" })
	notes, _ := readAll(new(Reader), client)
	if last := notes[len(notes)-1]; last != "alert fatal bad_certificate" {
		t.Errorf("last event %q", last)
	}
}

// However a stream is split, the events are the same.
func TestReaderSplits(t *testing.T) {
	for name, stream := range streams(t) {
		want, err := readAll(new(Reader), stream)
		if err != nil || len(want) == 0 {
			t.Fatalf("%s: %v %q", name, err, want)
		}
		for i := range stream {
			if got, _ := readAll(new(Reader), stream[:i], stream[i:]); !slices.Equal(got, want) {
				t.Fatalf("%s split at %d: %q, want %q", name, i, got, want)
			}
		}
		if got, _ := readAll(new(Reader), slices.Collect(slices.Chunk(stream, 1))...); !slices.Equal(got, want) {
			t.Errorf("%s byte by byte: %q, want %q", name, got, want)
		}
	}
}

// However the messages are cut into records, they are the same messages.
func TestReaderTinyRecords(t *testing.T) {
	client, _ := configs(tls.VersionTLS13)
	message := hello(t, client)
	if len(message) < 1200 {
		t.Errorf("hello of %d bytes has no post-quantum key share", len(message))
	}
	want := "client-hello " + fmt.Sprint(len(message)-4) + string(message[4:])
	for _, size := range []int{1, 2, 3, 5, 100, 16384} {
		got, err := readAll(new(Reader), records(RecordHandshake, message, size))
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("records of %d bytes: %v, %d events", size, err, len(got))
		}
	}
}

func TestReaderInterleavedAlert(t *testing.T) {
	client, _ := configs(tls.VersionTLS12)
	message := hello(t, client)
	stream := records(RecordHandshake, message[:50], 50)
	stream = append(stream, records(RecordAlert, []byte{1, 90, 1, 112}, 4)...)
	stream = append(stream, records(RecordHandshake, message[50:], 1<<14)...)
	got, err := readAll(new(Reader), stream)
	want := []string{
		"alert warning user_canceled", "alert warning unrecognized_name", "client-hello " + fmt.Sprint(len(message)-4) + string(message[4:]),
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestReaderSSLv2Hello(t *testing.T) {
	stream := append(slices.Clone(sslv2Hello), records(RecordAlert, []byte{2, 40}, 2)...)
	got, err := readAll(new(Reader), stream)
	want := []string{"client-hello 37" + string(sslv2Hello[2:]), "alert fatal handshake_failure"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
	var h ClientHello
	if err := h.Decode(sslv2Hello[2:]); err != nil || !h.SSLv2 || h.Version != VersionTLS10 ||
		!slices.Equal(h.Suites, []uint16{0x2f, 5}) {
		t.Errorf("%+v %v", h, err)
	}
	if h.JA3() != "" || h.JA4(OverTCP) != "" {
		t.Error("a fingerprint of an SSLv2 hello means nothing")
	}
}

// Cut anywhere, the stream yields a prefix of its events and at most one cut message more.
func TestReaderCut(t *testing.T) {
	_, server := converse2(t, tls.VersionTLS12, nil)
	want, _ := readAll(new(Reader), server)
	for n := range server {
		got, err := readAll(new(Reader), server[:n])
		if err != nil || len(got) > len(want) {
			t.Fatalf("%d bytes: %v, %d events", n, err, len(got))
		}
		for i, s := range got {
			if s == want[i] {
				continue
			}
			kind, _, _ := strings.Cut(want[i], " ")
			if i != len(got)-1 || !strings.HasPrefix(s, kind) || !strings.Contains(s, " cut") {
				t.Fatalf("%d bytes: event %d is %q", n, i, s)
			}
		}
	}
}

func TestReaderMaxMessage(t *testing.T) {
	_, server := converse2(t, tls.VersionTLS12, nil)
	r := Reader{MaxMessage: 300}
	var cut, whole []Kind
	r.Feed(server, func(e Event) {
		if e.Cut {
			cut = append(cut, e.Kind)
			if len(e.Body) != 296 {
				t.Errorf("%s: %d bytes kept", e.Kind, len(e.Body))
			}
		} else {
			whole = append(whole, e.Kind)
		}
	})
	if !slices.Equal(cut, []Kind{KindCertificate}) || !slices.Contains(whole, KindServerHelloDone) {
		t.Errorf("cut %v, whole %v", cut, whole)
	}
}

// A capture that begins amid a connection begins with encrypted records, whatever their type says.
func TestReaderStartsEncrypted(t *testing.T) {
	finished := append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, bytes.Repeat([]byte{0xc7}, 32)...)
	for name, stream := range map[string][]byte{
		"finished":         records(RecordHandshake, finished[7:], 64),
		"application data": records(RecordApplicationData, finished, 64),
		"encrypted alert":  records(RecordAlert, finished[:26], 64),
		"heartbeat":        records(RecordHeartbeat, finished, 64),
	} {
		if got := kinds(t, stream); got != "protected" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// After ChangeCipherSpec a handshake record is encrypted, however short it is, and a message that was not finished
// before it never will be.
func TestReaderAfterChangeCipherSpec(t *testing.T) {
	client, _ := configs(tls.VersionTLS12)
	stream := slices.Concat(
		records(RecordHandshake, hello(t, client)[:60], 60), records(RecordChangeCipherSpec, []byte{1}, 1),
		records(RecordHandshake, []byte{1, 0, 0}, 3),
		records(RecordHandshake, []byte{2, 0, 0, 70, 9, 9, 9, 9}, 8), records(RecordAlert, []byte{2, 20}, 2),
	)
	var got []string
	new(Reader).Feed(stream, func(e Event) { got = append(got, note(e)) })
	want := []string{
		"client-hello 56 cut", "change-cipher-spec", "protected type=22 size=3", "protected type=22 size=8", "alert fatal bad_record_mac",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestReaderNotTLS(t *testing.T) {
	for _, s := range []string{"GET / HTTP/1.1\r\n", "\x16\x03\x01\x00\x00......", "\x16\x02\x01\x00\x05.....", "\x80\x02\x01\x03\x01......"} {
		var r Reader
		if err := r.Feed([]byte(s), func(e Event) { t.Errorf("%q: %s", s, note(e)) }); err != ErrRecord {
			t.Errorf("%q: %v", s, err)
		}
		if err := r.Feed([]byte("\x15\x03\x01\x00\x02\x02\x28"), func(Event) {}); err != ErrRecord {
			t.Errorf("%q: goes on after the error", s)
		}
	}
}

func TestReaderRole(t *testing.T) {
	client, server := converse2(t, tls.VersionTLS12, nil)
	for want, stream := range map[Role][]byte{Client: client, Server: server,
		UnknownRole: records(RecordApplicationData, make([]byte, 9), 9)} {
		var r Reader
		r.Feed(stream, func(Event) {})
		if r.Role() != want {
			t.Errorf("role %d, want %d", r.Role(), want)
		}
	}
}

func TestReaderAllocates(t *testing.T) {
	_, server := converse2(t, tls.VersionTLS12, nil)
	events := 0
	emit := func(Event) { events++ }
	if n := testing.AllocsPerRun(100, func() {
		var r Reader
		r.Feed(server, emit)
	}); n != 0 || events == 0 {
		t.Errorf("%v allocations for a stream in one piece", n)
	}
}

// converse2 is a conversation at one version, with changes to the configurations.
func converse2(t testing.TB, version uint16, change func(client, server *tls.Config)) (fromClient, fromServer []byte) {
	t.Helper()
	client, server := configs(version)
	if change != nil {
		change(client, server)
	}
	return converse(t, client, server)
}

// streams are recorded directions of several kinds of handshake.
func streams(t testing.TB) map[string][]byte {
	m := map[string][]byte{"sslv2": sslv2Hello}
	m["client12"], m["server12"] = converse2(t, tls.VersionTLS12, func(c, s *tls.Config) {
		c.Certificates = []tls.Certificate{newAuthority().leaf}
		s.ClientAuth = tls.RequestClientCert
	})
	m["client13"], m["server13"] = converse2(t, tls.VersionTLS13, func(_, s *tls.Config) {
		s.CurvePreferences = []tls.CurveID{tls.CurveP384}
	})
	m["rejected"], _ = converse2(t, tls.VersionTLS12, func(c, _ *tls.Config) { c.RootCAs = nil; c.ServerName = "other.example.test" })
	return m
}

func check[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// sslv2Hello offers TLS 1.0 with RSA-AES128-SHA and RSA-RC4-SHA, one SSLv2 suite, and a challenge of 16 bytes.
var sslv2Hello = slices.Concat(
	[]byte{0x80, 37, 1, 3, 1, 0, 9, 0, 0, 0, 16 + 3}, []byte{0, 0, 0x2f, 7, 0, 0xc0, 0, 0, 5},
	bytes.Repeat([]byte{0x5a}, 19),
)

// TestReaderSize: the size of a message is the one that its header claims, also where it was cut.
func TestReaderSize(t *testing.T) {
	certificate := append([]byte{msgCertificate, 0, 0x50, 0}, make([]byte, 0x5000)...)
	done := []byte{msgServerHelloDone, 0, 0, 0}
	stream := append([]byte{RecordHandshake, 3, 3, 0x40, 0}, certificate[:0x4000]...)
	rest := append(certificate[0x4000:], done...)
	stream = append(append(stream, RecordHandshake, 3, 3, byte(len(rest)>>8), byte(len(rest))), rest...)
	var sizes []int
	var cut []bool
	r := Reader{MaxMessage: 1000}
	if err := r.Feed(stream, func(e Event) { sizes, cut = append(sizes, e.Size), append(cut, e.Cut) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(sizes, []int{0x5004, 4}) || !slices.Equal(cut, []bool{true, false}) {
		t.Errorf("sizes %v, cut %v", sizes, cut)
	}
}
