package dissect

import (
	"slices"

	"webexaudit/analyzer/dissect/proxy"
	"webexaudit/analyzer/flow"
)

// HTTPFacts is what the heads of HTTP/1 messages in clear say, those within the prefix that is kept of a stream. Paths
// and queries are not kept.
type HTTPFacts struct {
	Client    flow.Side
	Requests  int64 // heads read
	Exchanges []HTTPExchange
	UserAgent string // of the first request that has one
	Upgrade   string // asked for, as "websocket"
	Server    string // of the first answer with an error status, else of the first answer
	Via       string
	Location  string   // host that the first redirection leads to
	Fields    []string // header fields of answers that only proxies send, as "X-Squid-Error: ERR_ACCESS_DENIED 0"
	Schemes   []string // Proxy-Authenticate schemes of a 407

	failed bool // Server and Via are those of an error
}

// HTTPExchange is one request and the status of its final answer.
type HTTPExchange struct {
	Method string
	Host   string // of the target or the Host field, with the port where one is named
	Status int    // 0: none seen
	Length int64  // Content-Length of the answer; -1: not given
}

const (
	maxExchanges = 8
	maxFields    = 4
	endless      = int64(1) << 62 // a body whose end is not looked for
)

// feedHTTP reads message heads and passes bodies over. Behind a body without stated length nothing is read.
func (d *Dissector) feedHTTP(h *half, b []byte) int {
	t := d.at.st.TCP
	switch {
	case h.http == endless:
		return len(b)
	case h.http > 0:
		n := min(h.http, int64(len(b)))
		h.http -= n
		return int(n)
	}
	if t.HTTP == nil {
		t.HTTP = &HTTPFacts{Client: d.at.s}
		if proxy.IsResponse(b) {
			t.HTTP.Client = d.at.s.Other()
		}
	}
	var n int
	var err error
	if d.at.s == t.HTTP.Client {
		n, err = d.httpRequest(h, t.HTTP, b)
	} else {
		n, err = d.httpResponse(h, t.HTTP, b)
	}
	switch err {
	case nil:
		return n
	case proxy.ErrShort:
		h.wait.kind = awaitHead
		return 0
	}
	h.http = endless
	return len(b)
}

func (d *Dissector) httpRequest(h *half, x *HTTPFacts, b []byte) (int, error) {
	req, n, err := proxy.ParseRequest(b)
	if err != nil {
		return 0, err
	}
	d.at.st.key("http-request", d.at.p.Number, d.at.p.Time)
	h.http = body(&req.Framing, 0)
	x.Requests++
	if x.UserAgent == "" {
		x.UserAgent = short([]byte(req.UserAgent))
	}
	if x.Upgrade == "" {
		x.Upgrade = short([]byte(req.Upgrade))
	}
	if len(x.Exchanges) < maxExchanges {
		x.Exchanges = append(x.Exchanges, HTTPExchange{Method: req.Method, Host: short([]byte(req.HostPort())),
			Length: -1})
	}
	return n, nil
}

// body is how many bytes follow a head; without a length as many as rest says.
func body(f *proxy.Framing, rest int64) int64 {
	switch {
	case f.Chunked:
		return endless
	case f.ContentLength >= 0:
		return min(f.ContentLength, endless)
	}
	return rest
}

func (d *Dissector) httpResponse(h *half, x *HTTPFacts, b []byte) (int, error) {
	res, n, err := proxy.ParseResponse(b)
	if err != nil {
		return 0, err
	}
	if res.Status/100 == 1 && res.Status != 101 { // interim: the final one follows
		return n, nil
	}
	d.at.st.key("http-response", d.at.p.Number, d.at.p.Time)
	method := x.answered(&res)
	x.fields(&res)
	switch {
	case res.Status == 101: // another protocol from here on, in both directions
		h.http, d.at.st.TCP.side[d.at.s.Other()].http = endless, endless
	case method == "HEAD" || res.Status == 204 || res.Status == 304:
	default:
		h.http = body(&res.Framing, endless)
	}
	return n, nil
}

// answered gives the status to the first request without one and returns that request's method. The answer to a request
// that was not seen stands alone.
func (x *HTTPFacts) answered(res *proxy.Response) string {
	i := slices.IndexFunc(x.Exchanges, func(e HTTPExchange) bool { return e.Status == 0 })
	if i < 0 {
		if x.Requests > 0 || len(x.Exchanges) == maxExchanges {
			return "" // beyond those that are kept
		}
		x.Exchanges = append(x.Exchanges, HTTPExchange{})
		i = len(x.Exchanges) - 1
	}
	e := &x.Exchanges[i]
	e.Status, e.Length = res.Status, res.ContentLength
	return e.Method
}

// fields keeps what tells who answered.
func (x *HTTPFacts) fields(res *proxy.Response) {
	if failed := res.Status >= 400; x.Server == "" && x.Via == "" || failed && !x.failed {
		x.Server, x.Via, x.failed = short([]byte(res.Server)), short([]byte(res.Via)), failed
	}
	if x.Location == "" && res.Status/100 == 3 {
		x.Location = short([]byte(res.LocationHost))
	}
	for _, f := range res.ProxyFields {
		if f = short([]byte(f)); len(x.Fields) < maxFields && !slices.Contains(x.Fields, f) {
			x.Fields = append(x.Fields, f)
		}
	}
	x.Schemes = addSchemes(x.Schemes, res.ProxyAuthenticate)
}
