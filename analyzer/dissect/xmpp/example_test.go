package xmpp_test

import (
	"fmt"

	"webexaudit/analyzer/dissect/xmpp"
)

func ExampleNext() {
	b := []byte(`<?xml version="1.0"?><stream:stream to="im.example.com" xmlns:stream="http://etherx.jabber.org/streams"><starttls/>`)
	for tag, n, err := xmpp.Next(b); err == nil; tag, n, err = xmpp.Next(b) {
		fmt.Printf("%s %q\n", tag.Name, tag.Attr("to"))
		b = b[n:]
	}
	// Output:
	// ?xml ""
	// stream:stream "im.example.com"
	// starttls ""
}
