package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

// What a snapshot length takes away from TLS. Nothing in a record says of a single packet that it was cut, so the rules
// conclude from what is missing in a capture with cut packets.

// certificateCut reports whether the session's certificate was sent in the clear and is missing because packets were cut:
// TLS 1.3 and resumed sessions show none in any capture.
func (f *facts) certificateCut(t *record.TLSSession) bool {
	hidden := t.TLSVersion == "1.3" || t.Resumed != nil && *t.Resumed
	return t.CertIssuer == "" && !hidden && (t.CertPartial || f.truncated)
}

// cutHandshakes warns where the cut left neither name nor certificate of many Webex connections that begin in the capture.
func (p *Pass) cutHandshakes() {
	if !p.truncated {
		return
	}
	begun, c := 0, newCause(record.Subject{Kind: "capture", Key: "capture"})
	for _, f := range p.webex {
		if f.Transport != record.TLS || f.TCP == nil || f.TCP.SYN == 0 || !f.TCP.SYNACK || f.PayloadBytesFwd == 0 || f.PayloadBytesRev == 0 {
			continue
		}
		begun++
		if p.unread(f) {
			c.flow(f)
			c.count++
		}
	}
	pct := percent(int(c.count), begun)
	if pct <= p.limit("max_unread_percent") {
		return
	}
	c.confidence = record.Probable
	p.report(c, verdict{state: record.Warn,
		summary: fmt.Sprintf("packets are cut short: in %d of %s beginning in the capture neither name nor certificate can be read",
			c.count, count(begun, "TLS connection of Webex")),
		expected: "whole packets of TLS handshakes", actual: share(pct) + " of the handshakes unread",
		evidence: p.cite("packet-range", c.flows, nil)})
}

// unread reports whether the flow's handshake shows neither name nor certificate although it must have had one.
func (p *Pass) unread(f *record.Flow) bool {
	t := p.tlsOf[f.FlowID]
	return t == nil || t.SNI == "" && t.CertIssuer == "" && (t.TLSVersion == "" || p.certificateCut(t))
}
