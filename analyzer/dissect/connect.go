package dissect

import (
	"bytes"
	"slices"

	"webexaudit/analyzer/dissect/proxy"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
)

// ConnectFacts is what became of the CONNECT requests of one connection to a proxy, HTTP or SOCKS.
type ConnectFacts struct {
	Client   flow.Side
	Protocol App // Connect, SOCKS or SOCKS4
	Host     string
	Port     int
	Status   int // of the latest answer; 0: none seen; of SOCKS the HTTP status that says the same
	// SOCKSReply is the reply code of RFC 1928 section 6, or of SOCKS4 (90 to 93); -1: none.
	SOCKSReply int
	Schemes    []string
	Tries      int
	Refused    int   // answers with status 407
	Asked      int64 // time of the first request
	Replied    int64 // time of the latest answer
	Open       bool  // the tunnel stands
}

func isConnect(b []byte) bool { return bytes.HasPrefix(b, []byte("CONNECT ")) }

// feedConnect reads requests and answers until the tunnel stands; then it looks into the tunnel.
func (d *Dissector) feedConnect(h *half, b []byte) int {
	t := d.at.st.TCP
	if t.Connect == nil {
		t.Connect = &ConnectFacts{Client: d.at.s, Protocol: Connect, SOCKSReply: -1}
	}
	x := t.Connect
	switch {
	case h.http > 0:
		n := min(h.http, int64(len(b)))
		h.http -= n
		return int(n)
	// an answer may come behind the hello that it allowed
	case x.Open && (x.Status != 0 || d.at.s == x.Client || !proxy.IsResponse(b)):
		return d.feedTunnel(h, b)
	case d.at.s == x.Client:
		return d.connectRequest(h, x, b)
	}
	return d.connectResponse(h, x, b)
}

func (d *Dissector) connectRequest(h *half, x *ConnectFacts, b []byte) int {
	req, n, err := proxy.ParseRequest(b)
	if err != nil || req.Method != "CONNECT" {
		if err == proxy.ErrShort {
			h.wait.kind = awaitHead
			return 0
		}
		if x.Tries > 0 && tlswire.IsRecord(b) { // the answer was not captured, or comes later in the file
			x.Open = true
			return d.feedTunnel(h, b)
		}
		return len(b)
	}
	x.Tries++
	if x.Asked == 0 {
		x.Asked = d.at.p.Time
	}
	x.Host, x.Port = req.Host, req.Port
	d.at.st.key("connect", d.at.p.Number, d.at.p.Time)
	return n
}

func (d *Dissector) connectResponse(h *half, x *ConnectFacts, b []byte) int {
	res, n, err := proxy.ParseResponse(b)
	if err != nil {
		if err == proxy.ErrShort {
			h.wait.kind = awaitHead
			return 0
		}
		return len(b)
	}
	x.Status, x.Replied = res.Status, d.at.p.Time
	d.at.st.key("connect-reply", d.at.p.Number, d.at.p.Time)
	switch {
	case res.Status/100 == 1:
	case res.Status/100 == 2:
		x.Open = true
	default:
		if res.Status == 407 {
			x.Refused++
		}
		x.Schemes = addSchemes(x.Schemes, res.ProxyAuthenticate)
		h.http = max(res.ContentLength, 0)
	}
	return n
}

func addSchemes(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) && len(list) < 8 {
			list = append(list, s)
		}
	}
	return list
}

// feedTunnel looks for TLS inside; whatever else is tunnelled stays unread.
func (d *Dissector) feedTunnel(h *half, b []byte) int {
	if d.at.st.TCP.TLS == nil && !tlswire.IsRecord(b) {
		if len(b) < 6 {
			return 0
		}
		return len(b)
	}
	return d.feedTLS(h, b)
}
