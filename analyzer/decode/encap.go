package decode

import "encoding/binary"

// Tunnel is a kind of encapsulation that was decapsulated.
type Tunnel uint8

// TunnelSet lists up to four encapsulations, outermost first; 0 ends the list.
type TunnelSet [4]Tunnel

// The encapsulations. To add one: a constant and a name here, a function in encap_<name>.go that finds the inner
// packet, a line in the table that leads to it, and a packet built with pcaptest in the test.
const (
	TunnelMPLS Tunnel = 1 + iota
	TunnelPPPoE
	TunnelGRE
	TunnelERSPAN
	TunnelVXLAN
	TunnelGeneve
	TunnelGTPU
	TunnelIPIP
	TunnelVNTag
	TunnelCMD
	TunnelTZSP
	TunnelTeredo
	TunnelNVGRE
	TunnelL2TP
	TunnelEtherIP
	TunnelCAPWAP
)

var tunnelNames = [...]string{
	TunnelMPLS: "mpls", TunnelPPPoE: "pppoe", TunnelGRE: "gre", TunnelERSPAN: "erspan", TunnelVXLAN: "vxlan",
	TunnelGeneve: "geneve", TunnelGTPU: "gtp-u", TunnelIPIP: "ip-in-ip", TunnelVNTag: "vn-tag", TunnelCMD: "cisco-metadata",
	TunnelTZSP: "tzsp", TunnelTeredo: "teredo", TunnelNVGRE: "nvgre", TunnelL2TP: "l2tp", TunnelEtherIP: "etherip",
	TunnelCAPWAP: "capwap",
}

func (t Tunnel) String() string { return tunnelNames[t] }

// Names lists the tunnels' names, outermost first; nil for none.
func (s TunnelSet) Names() (names []string) {
	for _, t := range s {
		if t == 0 {
			break
		}
		names = append(names, t.String())
	}
	return names
}

type decapsulate func(*Decoder, cursor, *Packet) Reason

// The tables: by ethertype, by IP protocol, and by UDP destination port. Tunnels over UDP are believed only if the
// header holds (is). They are functions because the entries lead back to them.
func encapByEther(et uint16) decapsulate {
	switch et {
	case etherMPLS, etherMPLSm:
		return (*Decoder).mpls
	case etherPPPoE:
		return (*Decoder).pppoe
	case etherVNTag:
		return (*Decoder).vntag
	case etherCMD:
		return (*Decoder).metadata
	}
	return nil
}

func encapByProto(proto uint8) decapsulate {
	switch proto {
	case ProtoIPIP, ProtoIPv6:
		return (*Decoder).ipip
	case ProtoGRE:
		return (*Decoder).gre
	case ProtoEtherIP:
		return (*Decoder).etherIP
	case ProtoL2TP:
		return (*Decoder).l2tp3
	}
	return nil
}

func encapByPort(port uint16) (is func([]byte) bool, f decapsulate) {
	switch port {
	case 4789, 8472:
		return isVXLAN, (*Decoder).vxlan
	case 6081:
		return isGeneve, (*Decoder).geneve
	case 2152:
		return isGTPU, (*Decoder).gtpu
	case 37008:
		return isTZSP, (*Decoder).tzsp
	case 3544:
		return isTeredo, (*Decoder).teredo
	case 1701:
		return isL2TP, (*Decoder).l2tpUDP
	case portCAPWAP:
		return isCAPWAP, (*Decoder).capwap
	}
	return nil, nil
}

// enter notes a tunnel; it is refused when tunnels are nested too deep, or when the configuration leaves this one
// closed.
func (d *Decoder) enter(t Tunnel, p *Packet) Reason {
	switch {
	case !d.cfg.Decap.allows(t):
		d.kept = true
		return TunnelDepth
	case d.depth >= d.cfg.MaxDepth:
		return TunnelDepth
	}
	if d.depth < len(p.Tunnels) {
		p.Tunnels[d.depth] = t
	}
	p.SrcPort, p.DstPort, p.l4 = 0, 0, nil // of an outer UDP header; what is inside may have no ports
	if linkTunnels&(1<<t) == 0 {
		p.SrcMAC, p.DstMAC = MAC{}, MAC{} // they are of the tunnel's ends
	}
	d.depth++
	return OK
}

func (d *Decoder) encapEther(et uint16, c cursor, p *Packet) Reason {
	if f := encapByEther(et); f != nil {
		return f(d, c, p)
	}
	if notIP[et] {
		return NotIP
	}
	d.ether = et
	return EtherType
}

// notIP are ethertypes that carry no IP: nothing is lost by not opening them.
var notIP = map[uint16]bool{
	etherARP: true, 0x0842: true, 0x2000: true, 0x22f0: true, 0x8035: true, 0x6001: true, 0x6002: true, 0x6003: true, 0x6004: true,
	0x809b: true, 0x80f3: true, 0x8137: true, 0x8808: true, 0x8809: true, 0x8863: true, 0x886d: true, 0x888e: true, 0x8892: true, 0x88a2: true,
	0x88b8: true, 0x88ba: true, 0x88cc: true, 0x88e1: true, 0x88e3: true, 0x88f5: true, 0x88f7: true, 0x8902: true, 0x8906: true,
	0x8914: true, 0x8915: true, 0x891d: true, 0x893a: true, 0x892f: true, 0x9000: true, 0x8899: true, 0x88d9: true,
}

func (d *Decoder) encapProto(proto uint8, c cursor, p *Packet) Reason {
	f := encapByProto(proto)
	if f == nil {
		return d.bare(proto, c, p)
	}
	if !d.cfg.Decap.some {
		return f(d, c, p)
	}
	outer, depth, noted := *p, d.depth, len(d.headers)
	r := f(d, c, p)
	if d.kept {
		*p, d.depth, d.kept = outer, depth, false
		d.headers = d.headers[:noted]
		return d.bare(proto, c, p)
	}
	return r
}

// encapUDP opens a tunnel over UDP if the destination port and the header say so and the inside decodes; else the
// packet stays what it is.
func (d *Decoder) encapUDP(c cursor, p *Packet) Reason {
	is, f := encapByPort(p.DstPort)
	if f == nil {
		switch p.SrcPort {
		case 3544, 1701, portCAPWAP: // both directions use the port of the server
			is, f = encapByPort(p.SrcPort)
		}
	}
	if f == nil || !is(c.b) {
		return OK
	}
	outer, depth, noted := *p, d.depth, len(d.headers)
	if r := f(d, c, p); r == OK || r == Fragment {
		return r
	}
	*p, d.depth, d.kept = outer, depth, false
	d.headers = d.headers[:noted]
	return OK
}

func (d *Decoder) ipip(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelIPIP, p); r != OK {
		return r
	}
	return d.ip(c, p)
}

// mpls pops labels up to the bottom of the stack (RFC 3032); what follows is IP by its first nibble, else Ethernet,
// after a pseudowire control word (RFC 4448) where there is one.
func (d *Decoder) mpls(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelMPLS, p); r != OK {
		return r
	}
	for {
		if len(c.b) < 5 {
			return TunnelShort
		}
		bottom := c.b[2]&1 != 0
		p.identify(TunnelMPLS, binary.BigEndian.Uint32(c.b)>>12)
		c = c.skip(4)
		if bottom {
			break
		}
	}
	switch c.b[0] >> 4 {
	case 4, 6:
		return d.ip(c, p)
	case 0: // a control word, or an address: then a known ethertype follows it
		if len(c.b) >= 18 && !knownEther(binary.BigEndian.Uint16(c.b[12:])) {
			return d.ethernet(c.skip(4), p)
		}
	}
	return d.ethernet(c, p)
}

func knownEther(et uint16) bool {
	switch et {
	case etherIPv4, etherIPv6, etherVLAN, etherQinQ, etherQinQ1, etherQinQ2:
		return true
	}
	return notIP[et] || encapByEther(et) != nil
}

// pppoe is a session packet (RFC 2516): six bytes, then PPP's protocol.
func (d *Decoder) pppoe(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelPPPoE, p); r != OK {
		return r
	}
	if len(c.b) < 8 {
		return TunnelShort
	}
	p.identify(TunnelPPPoE, uint32(binary.BigEndian.Uint16(c.b[2:])))
	c = c.limit(6 + int(binary.BigEndian.Uint16(c.b[4:])))
	if len(c.b) < 8 {
		return TunnelShort
	}
	return d.ppp(binary.BigEndian.Uint16(c.b[6:]), c.skip(8), p)
}

// ppp goes on after PPP's protocol field (RFC 1661, IANA PPP numbers).
func (d *Decoder) ppp(proto uint16, c cursor, p *Packet) Reason {
	switch proto {
	case 0x21, 0x57:
		return d.ip(c, p)
	case 0x281, 0x283:
		return d.mpls(c, p)
	}
	return NotIP
}

// vntag is Cisco's six-byte tag (802.1BR); metadata is Cisco TrustSec's security group tag.
func (d *Decoder) vntag(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelVNTag, p); r != OK {
		return r
	}
	if len(c.b) < 6 {
		return TunnelShort
	}
	return d.etherType(binary.BigEndian.Uint16(c.b[4:]), c.skip(6), p)
}

func (d *Decoder) metadata(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelCMD, p); r != OK {
		return r
	}
	if len(c.b) < 8 {
		return TunnelShort
	}
	n := int(c.b[1]) * 4 // version, length in words, options, then the real ethertype
	if n < 4 || len(c.b) < n+4 {
		n = 4
	}
	return d.etherType(binary.BigEndian.Uint16(c.b[n+2:]), c.skip(n+4), p)
}
