package observe

import (
	"net/netip"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// Answered reports whether anything came back: a STUN answer, or any other packet, shows that the path is open both
// ways.
func Answered(f *record.Flow) bool {
	return f.STUN != nil && f.STUN.Answered > 0 || f.Down().Packets > 0
}

// Asks reports whether the client sent STUN requests over UDP to an address in a published range.
func Asks(f *record.Flow) bool {
	return f.Proto == "udp" && f.STUN != nil && f.STUN.Requests > 0 && f.ClientIsSource() && f.Prefix != ""
}

// nat64 is the well-known prefix of translators (RFC 6052 section 2.1): behind it lies the IPv4 Internet.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// OverIPv6 reports whether the server was reached over IPv6, and not through a translator to IPv4.
func OverIPv6(f *record.Flow) bool {
	a := f.Server().Addr()
	return !a.Unmap().Is4() && !nat64.Contains(a)
}

// Withdrawn reports whether what is retired is the range of the server's address, not a port or a name.
func Withdrawn(f *record.Flow) bool { return strings.HasPrefix(f.Retired, "address in ") }

// TooBig reports whether an ICMP "fragmentation needed" or "packet too big" quoted the flow (RFC 1191, RFC 8201).
func TooBig(f *record.Flow) bool {
	if f.ICMP == nil {
		return false
	}
	if f.SrcIP.Unmap().Is4() {
		return f.ICMP.Type == 3 && f.ICMP.Code == 4
	}
	return f.ICMP.Type == 2
}

// PathMTU is the largest packet that the MSS of the handshake allows, the smaller of both ends; 0: not seen.
func PathMTU(f *record.Flow) int {
	if f.TCP == nil {
		return 0
	}
	mss := f.TCP.MSSFwd
	if mss == 0 || f.TCP.MSSRev != 0 && f.TCP.MSSRev < mss {
		mss = f.TCP.MSSRev
	}
	switch {
	case mss == 0:
		return 0
	case f.SrcIP.Unmap().Is4():
		return mss + 40
	}
	return mss + 60
}

// OverTCP reports whether the transport is one that clients fall back to.
func OverTCP(t record.Transport) bool {
	return t == record.TCP || t == record.TLS || t == record.TLSProxied
}

// Relays reports whether the flow carries data through a TURN relay (RFC 8656: channels, Send and Data indications).
func Relays(f *record.Flow) bool {
	return f.STUN != nil && (f.STUN.ChannelData > 0 || f.STUN.Types["0x0016"]+f.STUN.Types["0x0017"] > 0)
}

// ShowsMedia reports whether media was seen in the flow: RTP streams, or the cadence of media.
func ShowsMedia(f *Flow) bool { return f.SeesFlow || f.MediaPattern.Media() }

// HelloSeen reports whether the client's hello was in sight, so that a missing SNI means that there was none.
func HelloSeen(f *Flow) bool {
	return f.JA3 != "" || f.JA4 != "" || f.TLS != nil || f.TCP != nil && f.TCP.SYN > 0
}

// Unpublished reports whether the flow goes to a public address that the pack has in no published range. Hosts of the
// enterprise and those with a role (mesh nodes, Expressways, gateways) are no such addresses.
func Unpublished(s *site.Site, f *record.Flow) bool {
	internal, _ := s.IsInternal(f.Server().Addr())
	return f.Prefix == "" && f.Connect == nil && !internal && f.ServerRole == "" &&
		f.Service != record.Mesh && f.Service != record.Expressway && f.Service != record.EdgeAudio
}
