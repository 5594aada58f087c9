package decode

// HeaderKind says what a [Header] is.
type HeaderKind uint8

// The kinds of headers.
const (
	HeaderMAC      HeaderKind = iota // a hardware address, six bytes
	HeaderIPv4                       // from the IP header to the end of the packet
	HeaderIPv6                       // likewise
	HeaderFragment                   // what a fragment carries; Offset is its place in the datagram
	HeaderUDP                        // from the transport header to the end of the datagram
	HeaderTCP
	HeaderICMP
	HeaderICMPv6
	HeaderQuote // the packet that an ICMP error quotes
	HeaderOther // what an IP protocol carries that has no header here
)

// Header is a place in the frame at hand, for whoever rewrites frames. B lies in the frame.
type Header struct {
	Kind   HeaderKind
	B      []byte
	Wire   int   // length on the wire
	Offset int   // of a fragment
	Proto  uint8 // of a fragment
}

// Headers are those of the frame decoded last, outermost first, where [Config].NoteHeaders asks for them. What was put
// together from fragments has none.
func (d *Decoder) Headers() []Header { return d.headers }

func (d *Decoder) note(h Header) {
	if d.cfg.NoteHeaders && d.whole == 0 {
		d.headers = append(d.headers, h)
	}
}

func (d *Decoder) noteMACs(b []byte, at ...int) {
	for _, i := range at {
		if i+6 <= len(b) {
			d.note(Header{Kind: HeaderMAC, B: b[i : i+6]})
		}
	}
}
