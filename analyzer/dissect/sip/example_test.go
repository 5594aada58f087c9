package sip_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/sip"
)

func ExampleParse() {
	b := []byte("INVITE sip:bob@biloxi.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.5;rport\r\nContact: <sip:alice@203.0.113.7:5060>\r\n\r\n")
	var m sip.Message
	if err := sip.Parse(b, &m); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: Via %v, Contact %v\n", m.Method, m.Via[0].Addr(), m.Contact[0].Addr())
	// Output: INVITE: Via 192.168.1.5, Contact 203.0.113.7
}
