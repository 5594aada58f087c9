package proxy

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// FuzzParse checks that requests and responses stay within their input and read what net/http reads.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		connect, denied,
		"\r\nGET /x HTTP/1.1\nHost : a.example\nUser-Agent: one\n  two\n\n",
		crlf("GET http://me:secret@[::1]:8080/ HTTP/1.1", "Transfer-Encoding: chunked"),
		crlf("HTTP/1.1 407 X", `Proxy-Authenticate: Digest realm="a, NTLM", nonce="b\", c", Basic realm="x"`, "Content-Length: 7, 7"),
		connect[:60], "HTTP/1.1 200", "\x16\x03\x01",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		q, n, err := ParseRequest(b)
		checkBounds(t, b, n, err)
		if err == nil {
			if strings.Contains(q.Host, "@") || q.Port < 0 || q.Port > 65535 || q.ContentLength < -1 {
				t.Fatalf("%+v", q)
			}
			compareRequest(t, b[:n], &q)
		}
		s, n, err := ParseResponse(b)
		checkBounds(t, b, n, err)
		if err == nil {
			if s.Status < 100 || s.Status > 999 || len(s.ProxyAuthenticate) > maxSchemes || s.ContentLength < -1 {
				t.Fatalf("%+v", s)
			}
			compareResponse(t, b[:n], &s)
		}
		_ = IsRequest(b) || IsResponse(b)
	})
}

func checkBounds(t *testing.T, b []byte, n int, err error) {
	t.Helper()
	if (err == nil) != (n > 0) || n > len(b) || n > MaxHead {
		t.Fatalf("%d of %d bytes, %v", n, len(b), err)
	}
	if errors.Is(err, ErrShort) && len(b) >= MaxHead {
		t.Fatalf("%d bytes are not enough", len(b))
	}
	if n > 0 && b[n-1] != '\n' {
		t.Fatalf("head ends with %q", b[n-1])
	}
}

// compareRequest compares with net/http, which is stricter, wherever that accepts the head and does not rewrite it.
func compareRequest(t *testing.T, b []byte, q *Request) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
	if err != nil {
		return
	}
	if q.Method != r.Method || "HTTP/"+q.Version != r.Proto || !strings.Contains(q.Target, "@") &&
		!strings.Contains(r.RequestURI, "@") && q.Target != strings.TrimSpace(r.RequestURI) {
		t.Errorf("%+v\nnet/http %s %q %s", q, r.Method, r.RequestURI, r.Proto)
	}
	if ua := r.Header.Values("User-Agent"); len(ua) == 1 && strings.Join(strings.Fields(ua[0]),
		" ") != strings.Join(strings.Fields(q.UserAgent), " ") {
		t.Errorf("user agent %q, net/http %q", q.UserAgent, ua)
	}
	if chunked := len(r.TransferEncoding) > 0; chunked != q.Chunked && chunked {
		t.Errorf("chunked %v, net/http %v", q.Chunked, r.TransferEncoding)
	}
}

func compareResponse(t *testing.T, b []byte, s *Response) {
	t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
	if err != nil {
		return
	}
	defer r.Body.Close()
	if s.Status != r.StatusCode || "HTTP/"+s.Version != r.Proto {
		t.Errorf("%+v\nnet/http %s %s", s, r.Proto, r.Status)
	}
	if server := r.Header.Values("Server"); len(server) == 1 && strings.Join(strings.Fields(server[0]),
		" ") != strings.Join(strings.Fields(s.Server), " ") {
		t.Errorf("server %q, net/http %q", s.Server, server)
	}
	if r.ContentLength > 0 && !s.Chunked && s.ContentLength != r.ContentLength {
		t.Errorf("length %d, net/http %d", s.ContentLength, r.ContentLength)
	}
}
