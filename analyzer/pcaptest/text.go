package pcaptest

import (
	"fmt"
	"strings"
	"time"
)

// Connect is a CONNECT request to a proxy and its answer.
type Connect struct {
	Target    string        // host:port
	UserAgent string        // "": none
	Status    int           // 0: 200
	Challenge string        // Proxy-Authenticate of a 407, e.g. "NTLM"
	Think     time.Duration // how long the proxy takes beyond the round trip
}

// Connect asks a proxy for a tunnel over an open TCP flow; after a 200 the flow carries the inner bytes.
func (c *TCPFlow) Connect(q Connect) *TCPFlow {
	request := []string{"CONNECT " + q.Target + " HTTP/1.1", "Host: " + q.Target}
	if q.UserAgent != "" {
		request = append(request, "User-Agent: "+q.UserAgent)
	}
	request = append(request, "Proxy-Connection: Keep-Alive")
	c.Send(lines(request, ""))
	if q.Think > 0 {
		c.Wait(q.Think)
	}
	switch q.Status {
	case 0, 200:
		c.Recv(lines([]string{"HTTP/1.1 200 Connection established"}, ""))
	case 407:
		c.Recv(lines([]string{
			"HTTP/1.1 407 Proxy Authentication Required", "Proxy-Authenticate: " + q.Challenge, "Content-Length: 0",
		}, ""))
	default:
		body := "<html><body>Access to this site is blocked.</body></html>"
		c.Recv(lines([]string{
			fmt.Sprintf("HTTP/1.1 %d Forbidden", q.Status), "Content-Type: text/html",
			fmt.Sprintf("Content-Length: %d", len(body)),
		}, body))
	}
	return c
}

// SIP is a SIP message: Start is the request or status line, Headers follow in order, Content-Length is added; Length
// is what it is wrong by.
type SIP struct {
	Start   string
	Headers []string
	Body    string
	Length  int
}

// Bytes returns the message.
func (m SIP) Bytes() []byte {
	head := append([]string{m.Start}, m.Headers...)
	return lines(append(head, fmt.Sprintf("Content-Length: %d", len(m.Body)+m.Length)), m.Body)
}

// SDP is a session description with one line per media, e.g. "audio 8500 RTP/SAVP 0 8".
func SDP(address string, media ...string) string {
	out := []string{"v=0", "o=- 1 1 IN IP4 " + address, "s=-", "c=IN IP4 " + address, "t=0 0"}
	for _, m := range media {
		out = append(out, "m="+m)
	}
	return strings.Join(out, "\r\n") + "\r\n"
}

func lines(head []string, body string) []byte {
	return []byte(strings.Join(head, "\r\n") + "\r\n\r\n" + body)
}
