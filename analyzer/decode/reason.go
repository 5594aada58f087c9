package decode

// Reason says why a frame gave no packet. OK means that it did.
type Reason uint8

// The reasons. String gives the words for reports.
const (
	OK Reason = iota
	NotIP
	Fragment // held back until its datagram is complete
	LinkUnknown
	LinkShort
	IPv4Short
	IPv4Header
	IPv4Length
	IPv6Short
	IPVersion
	TCPShort
	TCPHeader
	UDPShort
	UDPLength
	ICMPShort
	ExtensionChain
	FragmentBad
	TunnelShort
	TunnelDepth
	EtherType
	SlowPath
	SlowPanic
	WirelessOther
	numReasons
)

var reasonNames = [numReasons]string{
	OK: "ok", NotIP: "not IP", Fragment: "fragment",
	LinkUnknown: "unknown link type", LinkShort: "link header cut",
	IPv4Short: "IPv4 header cut", IPv4Header: "IPv4 header length", IPv4Length: "IPv4 total length", IPv6Short: "IPv6 header cut",
	IPVersion: "IP version", TCPShort: "TCP header cut", TCPHeader: "TCP header length", UDPShort: "UDP header cut",
	UDPLength: "UDP length", ICMPShort: "ICMP header cut", ExtensionChain: "IPv6 extension headers",
	FragmentBad: "IP fragment", TunnelShort: "tunnel header cut", TunnelDepth: "tunnels too deep",
	EtherType: "unknown ethertype", SlowPath: "rare header", SlowPanic: "decoder panic", WirelessOther: "802.11 frame without data",
}

// String is the reason in words, as it stands in reports.
func (r Reason) String() string { return reasonNames[r] }

// cut reports whether the reason is that the capture stopped inside a header.
func (r Reason) cut() bool {
	switch r {
	case LinkShort, IPv4Short, IPv6Short, TCPShort, UDPShort, ICMPShort, TunnelShort:
		return true
	}
	return false
}
