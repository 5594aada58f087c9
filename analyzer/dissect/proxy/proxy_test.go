package proxy

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// crlf writes lines as a message head.
func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }

var (
	connect = crlf("CONNECT external-media1.public.wjfkm-a-1.prod.infra.webex.com:443 HTTP/1.1",
		"Host: external-media1.public.wjfkm-a-1.prod.infra.webex.com:443",
		"User-Agent: WebexTeams", "Proxy-Authorization: NTLM TlRMTVNTUAABAAAA", "Proxy-Connection: Keep-Alive")
	denied = crlf("HTTP/1.1 407 Proxy Authentication Required", "Via: 1.1 proxy.example (squid)", "Server: squid",
		"Proxy-Authenticate: Negotiate", "Proxy-Authenticate: NTLM", `Proxy-Authenticate: Basic realm="a, b"`,
		"Content-Length: 1234", "Proxy-Connection: close")
)

func framing(length int64, chunked, close bool) Framing {
	return Framing{ContentLength: length, Chunked: chunked, Close: close}
}

// visible drops what only the parser needs.
func visible(f Framing) Framing { return framing(f.ContentLength, f.Chunked, f.Close) }

func TestParseRequest(t *testing.T) {
	open := framing(-1, false, false)
	tests := []struct {
		name, in string
		want     Request
	}{
		{"CONNECT to a media node", connect, Request{Method: "CONNECT",
			Target: "external-media1.public.wjfkm-a-1.prod.infra.webex.com:443", Version: "1.1",
			Host: "external-media1.public.wjfkm-a-1.prod.infra.webex.com", Port: 443,
			ProxyAuthorization: "NTLM", UserAgent: "WebexTeams", Framing: open}},
		{"CONNECT to an IPv4 address", crlf("CONNECT 170.72.231.161:443 HTTP/1.1"),
			Request{Method: "CONNECT", Target: "170.72.231.161:443", Version: "1.1", Host: "170.72.231.161", Port: 443, Framing: open}},
		{"CONNECT to an IPv6 literal", crlf("CONNECT [2001:DB8:0::1]:5004 HTTP/1.0", "Host: wrong.example"),
			Request{Method: "CONNECT", Target: "[2001:DB8:0::1]:5004", Version: "1.0", Host: "2001:db8::1", Port: 5004, Framing: framing(-1, false, true)}},
		{"CONNECT without a port", crlf("CONNECT Example.COM. HTTP/1.1"),
			Request{Method: "CONNECT", Target: "Example.COM.", Version: "1.1", Host: "example.com", Framing: open}},
		{"origin form", crlf("GET /hotspot-detect.html HTTP/1.1", "Host: captive.apple.com"),
			Request{Method: "GET", Target: "/hotspot-detect.html", Version: "1.1", Host: "captive.apple.com", Framing: open}},
		{"absolute form", crlf("GET http://msftncsi.com/ncsi.txt HTTP/1.1", "Host: other.example:81"),
			Request{Method: "GET", Target: "http://msftncsi.com/ncsi.txt", Version: "1.1", Host: "msftncsi.com", Port: 80, Framing: open}},
		{"user information is dropped", crlf("GET http://me:secret@[::1]:8080?q HTTP/1.1", "proxy-authorization:basic bWU6c2VjcmV0"),
			Request{Method: "GET", Target: "http://[::1]:8080?q", Version: "1.1", Host: "::1", Port: 8080, ProxyAuthorization: "Basic", Framing: open}},
		{"URL in a query", crlf("GET /?u=http://a@b/ HTTP/1.1", "Host: c"),
			Request{Method: "GET", Target: "/?u=http://a@b/", Version: "1.1", Host: "c", Framing: open}},
		{"asterisk form", crlf("OPTIONS * HTTP/1.1", "Host: a.example"),
			Request{Method: "OPTIONS", Target: "*", Version: "1.1", Host: "a.example", Framing: open}},
		{"WebSocket", crlf("GET /chat HTTP/1.1", "Host: a.example", "Upgrade: websocket", "Connection: keep-alive, Upgrade"),
			Request{Method: "GET", Target: "/chat", Version: "1.1", Host: "a.example", Upgrade: "websocket", Framing: open}},
		{"body", crlf("POST /x HTTP/1.1", "Host: a", "Content-Length: 5", "Connection: close"),
			Request{Method: "POST", Target: "/x", Version: "1.1", Host: "a", Framing: framing(5, false, true)}},
		{"bare line feeds, folding, blanks", "\r\nGET /x HTTP/1.1\nHost : a.example\nUser-Agent: one\n  two\n\tthree \nTransfer-Encoding: gzip,\n chunked\n\n",
			Request{Method: "GET", Target: "/x", Version: "1.1", Host: "a.example", UserAgent: "one two three", Framing: framing(-1, true, false)}},
		{"lines that are no fields", crlf("GET /x HTTP/1.1", "nonsense", ": nothing", "Host: a"),
			Request{Method: "GET", Target: "/x", Version: "1.1", Host: "a", Framing: open}},
		{"target with blanks", crlf("GET /a b HTTP/1.1"), Request{Method: "GET", Target: "/a b", Version: "1.1", Framing: open}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, n, err := ParseRequest([]byte(tt.in + "\x16\x03\x01"))
			if r.Framing = visible(r.Framing); err != nil || n != len(tt.in) || r != tt.want {
				t.Errorf("%v, %d of %d bytes\ngot  %+v\nwant %+v", err, n, len(tt.in), r, tt.want)
			}
			if !IsRequest([]byte(strings.TrimLeft(tt.in, "\r\n"))) {
				t.Error("IsRequest = false")
			}
		})
	}
}

func TestParseResponse(t *testing.T) {
	tests := []struct {
		name, in string
		want     Response
	}{
		{"407", denied, Response{Version: "1.1", Status: 407, Reason: "Proxy Authentication Required",
			ProxyAuthenticate: []string{"Negotiate", "NTLM", "Basic"}, Server: "squid", Via: "1.1 proxy.example (squid)", Framing: framing(1234, false, true)}},
		{"tunnel open", crlf("HTTP/1.0 200 Connection established"),
			Response{Version: "1.0", Status: 200, Reason: "Connection established", Framing: framing(-1, false, true)}},
		{"HTTP/1.0 kept alive", crlf("HTTP/1.0 200 OK", "Connection: Keep-Alive"), Response{Version: "1.0", Status: 200, Reason: "OK", Framing: framing(-1, false, false)}},
		{"close beats keep-alive", crlf("HTTP/1.1 200 OK", "Connection: close", "Proxy-Connection: keep-alive"),
			Response{Version: "1.1", Status: 200, Reason: "OK", Framing: framing(-1, false, true)}},
		{"no reason", crlf("HTTP/1.1 503"), Response{Version: "1.1", Status: 503, Framing: framing(-1, false, false)}},
		{"chunked", crlf("HTTP/1.1 403 Forbidden", "Transfer-Encoding: chunked", "Content-Length: 7"),
			Response{Version: "1.1", Status: 403, Reason: "Forbidden", Framing: framing(7, true, false)}},
		{"equal lengths", crlf("HTTP/1.1 200 OK", "Content-Length: 7, 7"), Response{Version: "1.1", Status: 200, Reason: "OK", Framing: framing(7, false, false)}},
		{"contradicting lengths", crlf("HTTP/1.1 200 OK", "Content-Length: 7", "Content-Length: 8", "Content-Length: 8"),
			Response{Version: "1.1", Status: 200, Reason: "OK", Framing: framing(-1, false, false)}},
		{"negative length", crlf("HTTP/1.1 200 OK", "Content-Length: -7"), Response{Version: "1.1", Status: 200, Reason: "OK", Framing: framing(-1, false, false)}},
		{"length beyond 63 bits", crlf("HTTP/1.1 200 OK", "Content-Length: 9223372036854775808"), Response{Version: "1.1", Status: 200, Reason: "OK", Framing: framing(-1, false, false)}},
		{"interim", crlf("HTTP/1.1 100 Continue"), Response{Version: "1.1", Status: 100, Reason: "Continue", Framing: framing(-1, false, false)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, n, err := ParseResponse([]byte(tt.in + "body"))
			same := slices.Equal(r.ProxyAuthenticate, tt.want.ProxyAuthenticate)
			got, want := r, tt.want
			got.ProxyAuthenticate, want.ProxyAuthenticate = nil, nil
			if err != nil || n != len(tt.in) || !same || got.Status != want.Status || got.Version != want.Version ||
				got.Reason != want.Reason ||
				got.Server != want.Server || got.Via != want.Via || visible(got.Framing) != want.Framing {
				t.Errorf("%v, %d of %d bytes\ngot  %+v\nwant %+v", err, n, len(tt.in), r, tt.want)
			}
			if !IsResponse([]byte(tt.in)) {
				t.Error("IsResponse = false")
			}
		})
	}
}

func TestSchemes(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Negotiate", "Negotiate"},
		{"negotiate, NTLM, basic realm=x", "Negotiate NTLM Basic"},
		{`Digest realm="a, NTLM", nonce="b\", c", qop = "auth", Basic realm="x"`, "Digest Basic"},
		{"NTLM TlRMTVNTUAACAAAA==, Basic realm=x", "NTLM Basic"},
		{"Basic realm=Corporate Proxy", "Basic"},
		{"NTLM, ntlm,, NTLM", "NTLM"},
		{`Basic realm="never ends, NTLM`, "Basic"},
		{"X-Own q=1", "X-Own"},
		{"a, b, c, d, e, f, g, h, i, j", "a b c d e f g h"},
		{strings.Repeat("z", 50), strings.Repeat("z", 32)},
		{"", ""}, {",,", ""}, {`"quoted"`, ""}, {"=", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(schemes(nil, []byte(tt.in)), " "); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSplitHostPort(t *testing.T) {
	tests := []struct {
		in, host string
		port     int
		ok       bool
	}{
		{"Example.com:443", "example.com", 443, true},
		{"example.com", "example.com", 0, true},
		{"example.com:", "example.com", 0, true},
		{"example.com.:8443", "example.com", 8443, true},
		{"[2001:DB8::0:1]:5004", "2001:db8::1", 5004, true},
		{"[::1]", "::1", 0, true},
		{"2001:db8::1", "2001:db8::1", 0, true},
		{"192.0.2.1:443", "192.0.2.1", 443, true},
		{"[192.0.2.1]:443", "", 0, false},
		{"[::1:443", "", 0, false},
		{"[::1]443", "", 0, false},
		{"a:b:c", "", 0, false},
		{"example.com:0", "", 0, false},
		{"example.com:65536", "", 0, false},
		{"example.com:+1", "", 0, false},
		{":443", "", 0, false},
		{"", "", 0, false},
		{"a b:443", "", 0, false},
		{"a/b", "", 0, false},
		{"user@a", "", 0, false},
	}
	for _, tt := range tests {
		if host, port, ok := SplitHostPort(tt.in); host != tt.host || port != tt.port || ok != tt.ok {
			t.Errorf("%q: %q %d %v, want %q %d %v", tt.in, host, port, ok, tt.host, tt.port, tt.ok)
		}
	}
}

func TestIncomplete(t *testing.T) {
	for i := range len(connect) {
		r, n, err := ParseRequest([]byte(connect[:i]))
		if !errors.Is(err, ErrShort) || n != 0 {
			t.Fatalf("%d bytes: %v, %d", i, err, n)
		}
		if line := strings.Index(connect, "\n"); (r.Host != "") != (i > line) {
			t.Fatalf("%d bytes: host %q", i, r.Host)
		}
	}
	for i := range len(denied) {
		r, n, err := ParseResponse([]byte(denied[:i]))
		if !errors.Is(err, ErrShort) || n != 0 || (r.Status == 407) != (i > strings.Index(denied, "\n")) {
			t.Fatalf("%d bytes: %v, %d, %+v", i, err, n, r)
		}
	}
	if r, _, err := ParseRequest([]byte(connect[:len(connect)-4])); !errors.Is(err, ErrShort) ||
		r.ProxyAuthorization != "NTLM" {
		t.Errorf("without the last line: %+v, %v", r, err)
	}
}

func TestMalformed(t *testing.T) {
	long := "GET / HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", MaxHead/6) + "Host: a\r\n\r\n"
	tests := []struct {
		name, in          string
		request, response error
	}{
		{"empty", "", ErrShort, ErrShort},
		{"TLS client hello", "\x16\x03\x01\x02\x00\x01\x00", ErrSyntax, ErrSyntax},
		{"SIP", crlf("REGISTER sip:example.com SIP/2.0"), ErrSyntax, ErrSyntax},
		{"RTSP", crlf("OPTIONS rtsp://a RTSP/1.0"), ErrSyntax, ErrSyntax},
		{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ErrSyntax, ErrSyntax},
		{"HTTP/0.9", "GET /\r\n", ErrSyntax, ErrSyntax},
		{"no target", crlf("GET  HTTP/1.1"), ErrSyntax, ErrSyntax},
		{"method with a colon", crlf("GET: / HTTP/1.1"), ErrSyntax, ErrSyntax},
		{"method without end", strings.Repeat("A", 40), ErrSyntax, ErrSyntax},
		{"status of two digits", crlf("HTTP/1.1 40 X"), ErrSyntax, ErrSyntax},
		{"status of four digits", crlf("HTTP/1.1 4000"), ErrSyntax, ErrSyntax},
		{"status 099", crlf("HTTP/1.1 099 X"), ErrSyntax, ErrSyntax},
		{"start of a status line", "HTTP/1", ErrSyntax, ErrShort},
		{"head too long", long, ErrTooLong, ErrSyntax},
		{"line too long", "GET /" + strings.Repeat("a", MaxHead), ErrTooLong, ErrTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, n, err := ParseRequest([]byte(tt.in)); !errors.Is(err, tt.request) || n != 0 {
				t.Errorf("request: %d, %v, want %v", n, err, tt.request)
			}
			if _, n, err := ParseResponse([]byte(tt.in)); !errors.Is(err, tt.response) || n != 0 {
				t.Errorf("response: %d, %v, want %v", n, err, tt.response)
			}
		})
	}
	if r, _, _ := ParseRequest([]byte(long)); r.Method != "GET" || r.Host != "" {
		t.Errorf("head too long: %+v", r)
	}
}

func TestIs(t *testing.T) {
	tests := []struct {
		in                string
		request, response bool
	}{
		{"CONNECT a:443 HTTP/1.1\r\n", true, false},
		{"PROPFIND / HTTP/1.1\n", true, false},
		{"CONNECT media", true, false},
		{"GET /very/lo", true, false},
		{"GET http://a", true, false},
		{"GET", false, false},
		{"GET ", false, false},
		{"GET sip:", false, false},
		{"OPTIONS sip:a@b SIP/2.0\r\n", false, false},
		{"HTTP/1.1 200 OK", false, true},
		{"HTTP/1.1 407\r\n", false, true},
		{"HTTP/1.1 4x7 ", false, false},
		{"HTTP/2.0 200 ", false, false},
		{"HTTP/1.1 2", false, false},
		{"", false, false},
	}
	for _, tt := range tests {
		if q, s := IsRequest([]byte(tt.in)), IsResponse([]byte(tt.in)); q != tt.request || s != tt.response {
			t.Errorf("%q: request %v, response %v", tt.in, q, s)
		}
	}
}

func TestSniffersDoNotAllocate(t *testing.T) {
	request, response := []byte(connect), []byte(denied)
	if n := testing.AllocsPerRun(100, func() { _ = IsRequest(request) && IsResponse(response) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParseRequest(b *testing.B) {
	in := []byte(connect)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ParseRequest(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseResponse(b *testing.B) {
	in := []byte(denied)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ParseResponse(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIsRequest(b *testing.B) {
	in := []byte(connect)
	for b.Loop() {
		if !IsRequest(in) {
			b.Fatal("no request")
		}
	}
}
