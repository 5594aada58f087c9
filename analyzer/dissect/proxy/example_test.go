package proxy_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/proxy"
)

func ExampleParseRequest() {
	stream := []byte("CONNECT idbroker.webex.com:443 HTTP/1.1\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n\x16\x03\x01")
	r, n, err := proxy.ParseRequest(stream)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Method, r.Host, r.Port, r.ProxyAuthorization)
	fmt.Printf("then % x\n", stream[n:])
	// Output:
	// CONNECT idbroker.webex.com 443 Basic
	// then 16 03 01
}

func ExampleParseResponse() {
	r, _, err := proxy.ParseResponse([]byte("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate, NTLM\r\nContent-Length: 0\r\n\r\n"))
	fmt.Println(r.Status, r.ProxyAuthenticate, r.ContentLength, err)
	// Output: 407 [Negotiate NTLM] 0 <nil>
}
