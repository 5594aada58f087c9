package flow

import (
	"strconv"

	"webexaudit/analyzer/decode"
)

// ProtoName is the IANA keyword of a protocol in lower case, or its number.
func ProtoName(p uint8) string {
	switch p {
	case decode.ProtoICMP:
		return "icmp"
	case 2:
		return "igmp"
	case decode.ProtoTCP:
		return "tcp"
	case decode.ProtoUDP:
		return "udp"
	case decode.ProtoGRE:
		return "gre"
	case 50:
		return "esp"
	case 51:
		return "ah"
	case decode.ProtoICMPv6:
		return "ipv6-icmp"
	case 89:
		return "ospf"
	case 103:
		return "pim"
	case 112:
		return "vrrp"
	case decode.ProtoSCTP:
		return "sctp"
	}
	return strconv.Itoa(int(p))
}

// ProtoNumber is the protocol that [ProtoName] calls so.
func ProtoNumber(name string) (proto uint8, ok bool) {
	for p := range 256 {
		if ProtoName(uint8(p)) == name {
			return uint8(p), true
		}
	}
	return 0, false
}
