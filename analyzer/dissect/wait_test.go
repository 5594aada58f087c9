package dissect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/pcaptest"
)

// said sums up what a TCP flow's texts told.
func (e *ended) said() string {
	var out []string
	t := e.State.TCP
	if t.Connect != nil {
		out = append(out, e.connect())
	}
	if h := t.HTTP; h != nil {
		out = append(out, fmt.Sprintf("%d requests, %s, %v", h.Requests, h.UserAgent, h.Exchanges))
	}
	if s := e.State.Others().SIP; s != nil {
		out = append(out, fmt.Sprintf("%d messages, %v, %v, cut %d, short %d, long %d", s.Messages, s.Requests, s.Agents, s.Cut,
			s.Short, s.Long))
	}
	if x := t.XMPP; x != nil {
		out = append(out, fmt.Sprintf("to %s, STARTTLS %v", x.To, x.Asked))
	}
	return strings.Join(out, "; ")
}

// TestTextInPieces: heads, tags and bodies longer than askAlways are read whole, however they are cut into segments.
func TestTextInPieces(t *testing.T) {
	long := "X-Padding: " + strings.Repeat("abcdefgh", 150) + "\r\n"
	sip := func(length int, body string) string {
		return "OPTIONS sip:webex.com SIP/2.0\r\nVia: SIP/2.0/TCP 10.20.1.15\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n" + long +
			fmt.Sprintf("User-Agent: phone\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n", length) + body
	}
	body := "v=0\r\n" + strings.Repeat("a=padding:abcdefgh\r\n", 40)
	for _, tt := range []struct{ name, text, want string }{
		{"CONNECT", strings.Replace(toProxy, "\r\n", "\r\n"+long, 1), "170.72.1.2:443 status 0 tries 1 refused 0 []"},
		{"CONNECT with bare line feeds", strings.ReplaceAll(strings.Replace(toProxy, "\r\n", "\r\n"+long, 1), "\r", ""),
			"170.72.1.2:443 status 0 tries 1 refused 0 []"},
		{"two requests", strings.Repeat("GET / HTTP/1.1\r\n"+long+"User-Agent: a\r\nHost: h\r\n\r\n", 2),
			"2 requests, a, [{GET h 0 -1} {GET h 0 -1}]"},
		{"SIP with a body", sip(len(body), body) + sip(0, ""), "2 messages, [{OPTIONS 2}], [phone], cut 0, short 0, long 0"},
		{"SIP with a body shorter than announced", sip(len(body)+50, body) + sip(len(body)+50, body) + sip(0, ""),
			"3 messages, [{OPTIONS 3}], [phone], cut 0, short 2, long 0"},
		{"XMPP", "<?xml version='1.0'?><stream:stream to='webex.com' xmlns='jabber:client' " +
			"xmlns:stream='http://etherx.jabber.org/streams'><starttls a='" + long + "' xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
			"to webex.com, STARTTLS true"},
	} {
		for _, size := range []int{1, 7, 300, 1400} {
			e := only(t, story(func(s *pcaptest.Scenario) {
				c := s.TCP(office, gateway, pcaptest.Path{}).Open()
				for piece := range slices.Chunk([]byte(tt.text), size) {
					c.Send(piece)
				}
			}))
			if got := e.said(); got != tt.want {
				t.Errorf("%s in pieces of %d bytes: got %s, want %s", tt.name, size, got, tt.want)
			}
		}
	}
}

// TestAwait: a parser is asked only when what it waits for has come, wherever segments end.
func TestAwait(t *testing.T) {
	pad := strings.Repeat("x", askAlways)
	for _, tt := range []struct {
		name string
		kind awaited
		text string
		want []int // lengths at which the parser is asked, byte by byte, behind the padding
	}{
		{"a head", awaitHead, "a\r\nb\r\n\r\nc", []int{8}},
		{"a head with bare line feeds", awaitHead, "a\nb\n\nc", []int{5}},
		{"a head that ends with both", awaitHead, "a\n\r\n", []int{4}},
		{"a tag", awaitTag, "a='b'>c", []int{6}},
		{"a body", awaitBody, "abcdefghi", []int{8, 9}},
		{"a body that a start line ends", awaitBody, "ab\nINVITE sip:a\n", []int{8, 9, 10, 11, 12, 13, 14, 15, 16}},
		{"anything", awaitAny, "abc", []int{1, 2, 3}},
	} {
		a := await{kind: tt.kind, size: len(pad) + 8, seen: len(pad)}
		var got []int
		for n := range len(tt.text) {
			if a.over([]byte(pad + tt.text[:n+1])) {
				got = append(got, n+1)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: asked at %v, want %v", tt.name, got, tt.want)
		}
	}
}
