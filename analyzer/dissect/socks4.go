package dissect

import "webexaudit/analyzer/dissect/proxy"

// beginSOCKS4 recognises SOCKS4 when the proxy has answered: one side began with a request and nothing behind it, the
// other with what can be the reply. Either alone is too little to know it by.
func (d *Dissector) beginSOCKS4(b []byte) bool {
	t, p := d.at.st.TCP, d.at.p
	if x := t.socks; x != nil && x.client != d.at.s {
		if _, _, err := proxy.ParseSOCKS4Reply(b); err != nil {
			return false
		}
		d.at.f.Request(x.client)
		d.at.st.App = SOCKS4
		c := d.socksConnect()
		c.Tries, c.Host, c.Port, c.Asked = 1, x.request.Host, x.request.Port, x.asked
		d.at.st.key("connect", x.number, x.asked)
		return true
	}
	req, n, err := proxy.ParseSOCKS4Request(b)
	if err == nil && n == len(b) && req.Code == proxy.SOCKSConnect && t.side[d.at.s].fed == 0 {
		t.socks = &socksState{client: d.at.s, request: req, asked: p.Time, number: p.Number}
	}
	return false
}

// feedSOCKS4 passes the request over and reads the reply; then it looks into the tunnel.
func (d *Dissector) feedSOCKS4(h *half, b []byte) int {
	t := d.at.st.TCP
	x := t.socks
	switch {
	case x.ignored:
		return len(b)
	case x.past[d.at.s]:
		return d.feedTunnel(h, b)
	}
	x.past[d.at.s] = true
	if d.at.s == x.client {
		_, n, _ := proxy.ParseSOCKS4Request(b)
		return n
	}
	res, n, _ := proxy.ParseSOCKS4Reply(b)
	d.socksAnswer(socks4Status(res.Code), int(res.Code))
	t.Connect.Open = res.Code == proxy.SOCKS4Granted
	x.ignored = !t.Connect.Open
	return n
}

// socks4Status is the HTTP status that says the same as a reply code. What failed and what is forbidden share one code.
func socks4Status(code byte) int {
	switch code {
	case proxy.SOCKS4Granted:
		return 200
	case 92, 93: // who asks is not known at his own machine
		return 403
	}
	return 502
}
