package pcaptest

// StartTLS opens an XMPP stream and agrees on TLS (RFC 6120 section 9.1): what follows on the flow is TLS.
func (c *TCPFlow) StartTLS(domain string) *TCPFlow {
	const streams = ` xmlns:stream="http://etherx.jabber.org/streams" xmlns="jabber:client" version="1.0"`
	const tls = ` xmlns="urn:ietf:params:xml:ns:xmpp-tls"`
	c.Send([]byte(`<?xml version="1.0"?><stream:stream to="` + domain + `"` + streams + `>`))
	c.Recv([]byte(`<?xml version="1.0"?><stream:stream id="a1" from="` + domain + `"` + streams + `>`))
	c.Recv([]byte(`<stream:features><starttls` + tls + `><required/></starttls></stream:features>`))
	c.Send([]byte(`<starttls` + tls + `/>`))
	return c.Recv([]byte(`<proceed` + tls + `/>`))
}
