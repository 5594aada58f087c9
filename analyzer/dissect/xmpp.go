package dissect

import (
	"bytes"

	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/dissect/xmpp"
	"webexaudit/analyzer/flow"
)

// XMPPFacts is what an XMPP stream shows before it is encrypted.
type XMPPFacts struct {
	Client  flow.Side
	To      string // the host that the client asks for
	From    string // as the server calls itself
	Offered bool   // the server offers STARTTLS
	Asked   bool   // the client asked for TLS
	Proceed bool   // the server agreed: TLS follows
}

const maxName = 128 // bytes kept of names and header fields

func short(b []byte) string { return string(b[:min(len(b), maxName)]) }

// beginXMPP finds the client: the stream id is the server's to give (RFC 6120 section 4.7.3).
func (d *Dissector) beginXMPP(b []byte) {
	client := d.at.s
	if tag, n, err := xmpp.Next(b); err == nil && string(tag.Name) != xmpp.Stream {
		b = b[n:]
	}
	if tag, _, err := xmpp.Next(b); err == nil && tag.Attr("id") != nil {
		client = client.Other()
	}
	d.at.f.Request(client)
	d.at.st.App, d.at.st.TCP.XMPP = XMPP, &XMPPFacts{Client: client}
}

// feedXMPP reads tags until TLS begins.
func (d *Dissector) feedXMPP(h *half, b []byte) int {
	t := d.at.st.TCP
	x := t.XMPP
	if h.tls = h.tls || b[0] == tlswire.RecordHandshake && (x.Asked || x.Proceed); h.tls {
		return d.feedTLS(h, b)
	}
	tag, n, err := xmpp.Next(b)
	if err != nil {
		if err == xmpp.ErrShort {
			h.wait.kind = awaitTag
			return 0
		}
		return len(b)
	}
	x.tag(&tag, d.at.s == x.Client)
	return n
}

func (x *XMPPFacts) tag(t *xmpp.Tag, client bool) {
	tls := bytes.Equal(t.Attr("xmlns"), []byte(xmpp.NamespaceTLS))
	switch name := string(t.Name); {
	case name == xmpp.Stream && client && x.To == "":
		x.To = short(t.Attr("to"))
	case name == xmpp.Stream && !client && x.From == "":
		x.From = short(t.Attr("from"))
	case name == xmpp.StartTLS && tls && client:
		x.Asked = true
	case name == xmpp.StartTLS && tls:
		x.Offered = true
	case name == xmpp.Proceed && tls && !client:
		x.Proceed = true
	}
}
