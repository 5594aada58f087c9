package decode

import "fmt"

// Network names where in the mirrored network a packet was seen: its VLAN tags and the identifier of the innermost
// tunnel that has one. Networks with the same addresses differ in it, but so may the two directions of one connection
// and a mirror's copies. It is exact, and 0 is a packet without tag and identifier. From the upper end: outer VLAN (12
// bits), inner VLAN (12), kind of tunnel (8), identifier (32).
type Network uint64

// identifiers are the tunnels that carry one, and what it is called: RFC 7348 and RFC 8926 (24 bits), RFC 7637, RFC
// 2890, 3GPP TS 29.281, RFC 3032 (the label at the bottom), RFC 2516, RFC 2661 and RFC 3931. Those of mirrors (ERSPAN,
// TZSP) name a mirror and no network.
var identifiers = [...]string{
	TunnelVXLAN: "vxlan vni", TunnelGeneve: "geneve vni", TunnelNVGRE: "nvgre vsid", TunnelGRE: "gre key", TunnelGTPU: "gtp-u teid",
	TunnelMPLS: "mpls label", TunnelPPPoE: "pppoe session", TunnelL2TP: "l2tp session",
}

// identify notes a tunnel's identifier; a tunnel further in replaces it.
func (p *Packet) identify(t Tunnel, id uint32) { p.idKind, p.id = t, id }

func (p *Packet) network() Network {
	return Network(p.VLAN[0])<<52 | Network(p.VLAN[1])<<40 | Network(p.idKind)<<32 | Network(p.id)
}

// VLAN returns the outer and the inner tag; 0: none.
func (s Network) VLAN() (outer, inner uint16) { return uint16(s >> 52), uint16(s >> 40 & 0xfff) }

// Identifier returns the innermost tunnel that carries an identifier, and that; the tunnel is 0 where there is none.
func (s Network) Identifier() (Tunnel, uint32) { return Tunnel(s >> 32 & 0xff), uint32(s) }

// String is the space in words: "untagged", "vlan 10", "vlan 100.30", "vlan 7 vxlan vni 5000".
func (s Network) String() string {
	text := ""
	switch outer, inner := s.VLAN(); {
	case inner != 0:
		text = fmt.Sprintf("vlan %d.%d", outer, inner)
	case outer != 0:
		text = fmt.Sprintf("vlan %d", outer)
	}
	if t, id := s.Identifier(); t != 0 {
		if text != "" {
			text += " "
		}
		text += fmt.Sprintf("%s %d", identifiers[t], id)
	}
	if text == "" {
		return "untagged"
	}
	return text
}
