package capture

import "strconv"

// LinkType is a LINKTYPE_ value as registered by tcpdump.org (16 bits).
type LinkType uint16

// The link types that decode knows without help.
const (
	LinkNull      LinkType = 0
	LinkEthernet  LinkType = 1
	LinkPPP       LinkType = 9
	LinkRawBSD    LinkType = 12
	LinkRawOpen   LinkType = 14
	LinkPPPHDLC   LinkType = 50
	LinkPPPoE     LinkType = 51
	LinkRaw       LinkType = 101
	LinkCiscoHDLC LinkType = 104
	LinkIEEE80211 LinkType = 105
	LinkLoop      LinkType = 108
	LinkSLL       LinkType = 113
	LinkRadiotap  LinkType = 127
	LinkPPI       LinkType = 192
	LinkIPv4      LinkType = 228
	LinkIPv6      LinkType = 229
	LinkPKTAP     LinkType = 258
	LinkSLL2      LinkType = 276
)

var linkNames = map[LinkType]string{
	LinkNull: "NULL", LinkEthernet: "EN10MB", 6: "IEEE802", 7: "ARCNET", 8: "SLIP", LinkPPP: "PPP", 10: "FDDI",
	LinkRawBSD: "RAW", LinkRawOpen: "RAW", LinkPPPHDLC: "PPP_SERIAL", LinkPPPoE: "PPP_ETHER", LinkRaw: "RAW",
	LinkCiscoHDLC: "C_HDLC", LinkIEEE80211: "IEEE802_11", 107: "FRELAY", LinkLoop: "LOOP", LinkSLL: "LINUX_SLL",
	LinkRadiotap: "IEEE802_11_RADIO", 129: "ARCNET_LINUX", 137: "JUNIPER_ATM1", 147: "USER0", 149: "USER2",
	LinkPPI: "PPI", 195: "IEEE802_15_4", LinkIPv4: "IPV4", LinkIPv6: "IPV6", 253: "NETLINK", LinkPKTAP: "PKTAP", LinkSLL2: "LINUX_SLL2",
}

// String is the name without prefix (EN10MB), or the number.
func (l LinkType) String() string {
	if s, ok := linkNames[l]; ok {
		return s
	}
	return strconv.Itoa(int(l))
}
