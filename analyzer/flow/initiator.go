package flow

import (
	"fmt"

	"webexaudit/analyzer/decode"
)

// evidence ranks what is known of who began a flow; stronger evidence replaces weaker.
type evidence uint8

const (
	byFirstPacket evidence = iota
	byPorts
	bySYNACK
	byRequest // an application message that only a client sends
	bySYN
)

type initiator struct {
	side Side
	by   evidence
}

// dynamicPort is where IANA's dynamic range begins (RFC 6335 section 6); Linux starts its own at 32768.
const (
	dynamicPort = 49152
	linuxPort   = 32768
)

// guess makes the best of the first packet.
func (f *Flow) guess(p *decode.Packet, s Side) {
	f.initiator = initiator{s, byFirstPacket}
	switch p.Proto {
	case decode.ProtoTCP:
		switch {
		case p.Flags&(decode.SYN|decode.ACK) == decode.SYN:
			f.initiator.by = bySYN
			return
		case p.Flags&decode.SYN != 0:
			f.initiator = initiator{s.Other(), bySYNACK}
			return
		}
	case decode.ProtoUDP:
	default:
		return
	}
	if looksServer(p.SrcPort, p.DstPort) {
		f.initiator = initiator{s.Other(), byPorts}
	} else if looksServer(p.DstPort, p.SrcPort) {
		f.initiator = initiator{s, byPorts}
	}
}

// looksServer reports whether the first port is a server's when the other is a client's: a system port against a user
// or dynamic one, or a registered port against a dynamic one.
func looksServer(port, other uint16) bool {
	return port < 1024 && other >= 1024 || port < linuxPort && other >= dynamicPort
}

// Request tells the flow that side s sent something only an initiator sends (a STUN request, a DNS query, a
// ClientHello).
func (f *Flow) Request(s Side) {
	if f.initiator.by < byRequest {
		f.initiator = initiator{s, byRequest}
	}
}

func (f *Flow) sawSYN(s Side, ack bool) {
	switch {
	case !ack:
		f.initiator = initiator{s, bySYN}
	case f.initiator.by < bySYNACK:
		f.initiator = initiator{s.Other(), bySYNACK}
	}
}

// Source is the side that began the flow, as far as is known.
func (f *Flow) Source() Side { return f.initiator.side }

// Initiator says how the source is known: "seen", or "guessed: " and why.
func (f *Flow) Initiator() string {
	switch f.initiator.by {
	case bySYN, byRequest:
		return "seen"
	case bySYNACK:
		return "guessed: answered with SYN-ACK"
	case byPorts:
		return fmt.Sprintf("guessed: port %d is a server's", f.Key.Port(f.initiator.side.Other()))
	}
	return "guessed: sent the first packet"
}
