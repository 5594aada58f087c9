package dissect

import (
	"bytes"

	"webexaudit/analyzer/dissect/proxy"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
)

// socksState is how far the opening of a SOCKS connection has come.
type socksState struct {
	client  flow.Side
	method  byte    // chosen by the proxy
	past    [2]bool // greeting, choice of method
	ignored bool    // another command than CONNECT, or a protected one: nothing more is read

	request proxy.SOCKS // of SOCKS4, until the proxy has answered, and when it was asked
	asked   int64
	number  int64
}

// Methods of RFC 1928 section 3, and the versions that the messages begin with.
const (
	socksPassword = 2
	socksRefused  = 0xFF
	socksVersion  = 5
	socksAuth     = 1 // RFC 1929
)

// beginSOCKS recognises SOCKS5 when the proxy has answered: the first bytes of one side are a greeting, those of the
// other choose a method that it offered. Either alone is too little to know it by.
func (d *Dissector) beginSOCKS() bool {
	t := d.at.st.TCP
	for s := range t.side {
		client, server := t.side[s].beginning, t.side[1-s].beginning
		if client == nil || server == nil || client.fed > 0 || server.fed > 0 ||
			!isSOCKS(client.stream.Bytes(), server.stream.Bytes()) {
			continue
		}
		d.at.f.Request(flow.Side(s))
		d.at.st.App, t.socks = SOCKS, &socksState{client: flow.Side(s)}
		return true
	}
	return false
}

func isSOCKS(client, server []byte) bool {
	methods, n, err := proxy.ParseSOCKSGreeting(client)
	if err != nil || len(server) < 2 || server[0] != socksVersion {
		return false
	}
	if rest := client[n:]; len(rest) > 0 && rest[0] != socksVersion && rest[0] != socksAuth {
		return false
	}
	return server[1] == socksRefused && len(server) == 2 || bytes.IndexByte(methods, server[1]) >= 0
}

// feedSOCKS reads the opening of both sides; then it looks into the tunnel.
func (d *Dissector) feedSOCKS(h *half, b []byte) int {
	t := d.at.st.TCP
	x := t.socks
	switch {
	case x.ignored:
		return len(b)
	case t.Connect != nil && t.Connect.Open:
		return d.feedTunnel(h, b)
	case !x.past[d.at.s]:
		return d.socksFirst(x, b)
	case b[0] == socksAuth && x.method == socksPassword:
		return d.socksPassword(x, b)
	case d.at.s == x.client:
		return d.socksRequest(h, x, b)
	}
	return d.socksReply(x, b)
}

// socksFirst passes the greeting over and reads the proxy's choice.
func (d *Dissector) socksFirst(x *socksState, b []byte) int {
	if d.at.s == x.client {
		_, n, _ := proxy.ParseSOCKSGreeting(b)
		x.past[d.at.s] = n > 0
		return n
	}
	if len(b) < 2 {
		return 0
	}
	x.past[d.at.s], x.method = true, b[1]
	switch b[1] {
	case 0, socksPassword:
	case socksRefused:
		d.socksAnswer(407, -1)
		x.ignored = true
	default:
		x.ignored = true
	}
	return 2
}

// socksPassword passes user name and password over, and reads whether the proxy took them (RFC 1929 section 2).
func (d *Dissector) socksPassword(x *socksState, b []byte) int {
	if d.at.s != x.client {
		if len(b) < 2 {
			return 0
		}
		if b[1] != 0 {
			d.socksAnswer(407, -1)
			x.ignored = true
		}
		return 2
	}
	n := 2
	if len(b) >= n {
		n += int(b[1]) + 1
	}
	if len(b) >= n {
		n += int(b[n-1])
	}
	if len(b) < n {
		return 0
	}
	return n
}

func (d *Dissector) socksRequest(h *half, x *socksState, b []byte) int {
	t := d.at.st.TCP
	if t.Connect != nil && t.Connect.Tries > 0 && tlswire.IsRecord(b) {
		// the reply was not captured, or comes later in the file
		t.Connect.Open = true
		return d.feedTunnel(h, b)
	}
	req, n, err := proxy.ParseSOCKSRequest(b)
	switch {
	case err == proxy.ErrShort:
		return 0
	case err != nil || req.Code != proxy.SOCKSConnect:
		x.ignored = true
		return len(b)
	}
	c := d.socksConnect()
	c.Tries++
	c.Host, c.Port, c.Asked = req.Host, req.Port, d.at.p.Time
	d.at.st.key("connect", d.at.p.Number, d.at.p.Time)
	return n
}

func (d *Dissector) socksReply(x *socksState, b []byte) int {
	res, n, err := proxy.ParseSOCKSReply(b)
	switch err {
	case nil:
	case proxy.ErrShort:
		return 0
	default:
		x.ignored = true
		return len(b)
	}
	d.socksAnswer(socksStatus(res.Code), int(res.Code))
	d.at.st.TCP.Connect.Open = res.Code == proxy.SOCKSSucceeded
	return n
}

func (d *Dissector) socksConnect() *ConnectFacts {
	t := d.at.st.TCP
	if t.Connect == nil {
		t.Connect = &ConnectFacts{Client: t.socks.client, Protocol: d.at.st.App, SOCKSReply: -1}
	}
	return t.Connect
}

func (d *Dissector) socksAnswer(status, reply int) {
	c := d.socksConnect()
	c.Status, c.SOCKSReply, c.Replied = status, reply, d.at.p.Time
	if status == 407 {
		c.Refused++
	}
	d.at.st.key("connect-reply", d.at.p.Number, d.at.p.Time)
}

// socksStatus is the HTTP status that says the same as a reply code of RFC 1928 section 6.
func socksStatus(code byte) int {
	switch code {
	case proxy.SOCKSSucceeded:
		return 200
	case 2: // not allowed by ruleset
		return 403
	case 6: // TTL expired
		return 504
	case 7, 8: // command, address type not supported
		return 501
	}
	return 502 // general failure; network, host or port unreachable
}
