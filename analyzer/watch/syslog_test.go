package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSyslogLine: the header's fields, and the text behind the mark of UTF-8.
func TestSyslogLine(t *testing.T) {
	at := time.Date(2026, 9, 14, 9, 5, 0, 123456789, time.FixedZone("", 2*3600))
	for _, tt := range []struct {
		m    Message
		host string
		want string
	}{
		{Message{Kind: "day", Sensor: "span-1", Text: "network PASS, capture GOOD"}, "probe",
			"<133>1 2026-09-14T07:05:00.123456Z probe webexaudit 42 day - \ufeffspan-1: network PASS, capture GOOD"},
		{Message{Kind: "window", Text: "new: a", New: []Tracked{{}}}, "a probe",
			"<132>1 2026-09-14T07:05:00.123456Z aprobe webexaudit 42 window - \ufeffnew: a"},
		{Message{Kind: "trouble", Text: "the disk is full"}, "",
			"<132>1 2026-09-14T07:05:00.123456Z - webexaudit 42 trouble - \ufeffthe disk is full"},
	} {
		if got := tt.m.syslog(at, tt.host, 42); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestSyslogAddress: where messages go, and what is no server.
func TestSyslogAddress(t *testing.T) {
	for text, want := range map[string]string{
		"syslog://192.0.2.9":             "udp 192.0.2.9:514",
		"syslog://log.example.com:5514/": "udp log.example.com:5514",
		"syslog+tcp://[2001:db8::1]":     "tcp [2001:db8::1]:601",
		"syslog://":                      "no server",
		"syslog://host/path":             "no server",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got := "no server"
		if s, err := NewSyslog(u); err == nil {
			got = s.Network + " " + s.Addr
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// long is a message that no datagram should hold.
func long(t *testing.T) []byte {
	t.Helper()
	message, err := json.Marshal(Message{Kind: "window", Text: strings.Repeat("é", 3000)})
	if err != nil {
		t.Fatal(err)
	}
	return message
}

// TestSyslogUDP: a datagram each, cut where receivers may cut.
func TestSyslogUDP(t *testing.T) {
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	if err := (&Syslog{"udp", udp.LocalAddr().String()}).Tell(t.Context(), long(t)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<16)
	_ = udp.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, _, err := udp.ReadFrom(b)
	if form := regexp.MustCompile(`^<133>1 \S+Z \S+ webexaudit \d+ window - \x{feff}é+$`); err != nil ||
		n > longestDatagram || n < longestDatagram-4 || !form.Match(b[:n]) {
		t.Errorf("%d bytes, %v: %.80q", n, err, b[:n])
	}
}

// TestSyslogTCP: a counted line; a server that refuses is an error.
func TestSyslogTCP(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go func() {
		c, err := tcp.Accept()
		if err != nil {
			got <- err.Error()
			return
		}
		text, _ := io.ReadAll(c)
		got <- string(text)
	}()
	s := &Syslog{"tcp", tcp.Addr().String()}
	if err := s.Tell(t.Context(), long(t)); err != nil {
		t.Fatal(err)
	}
	length, line, _ := strings.Cut(<-got, " ")
	if fmt.Sprint(len(line)) != length || !strings.HasSuffix(line, "é") || len(line) < 6000 {
		t.Errorf("%s bytes: %d", length, len(line))
	}
	tcp.Close()
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	if err := s.Tell(ctx, long(t)); err == nil {
		t.Error("nobody listens, and no error")
	}
}
