package decode

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"webexaudit/analyzer/capture"
)

// slowLinks are the link types that google/gopacket opens for us. Its LinkType has 8 bits and ours 16, so the map is
// explicit. Its wireless, tunnel and application decoders are never asked: several of them panic on crafted input.
var slowLinks = map[capture.LinkType]gopacket.Decoder{
	capture.LinkPPP:     layers.LayerTypePPP,
	capture.LinkPPPHDLC: layers.LayerTypePPP,
	10:                  layers.LayerTypeFDDI,
	117:                 layers.LayerTypePFLog,
}

func (d *Decoder) slowLink(l capture.LinkType, c cursor, p *Packet) Reason {
	dec, ok := slowLinks[l]
	if !ok {
		return LinkUnknown
	}
	if l == capture.LinkPPPHDLC && len(c.b) > 0 && c.b[0]&^0x80 == 0x0f {
		return d.ciscoHDLC(c, p)
	}
	return d.slow(dec, c, p)
}

// slowLLC opens an IEEE 802.3 frame: LLC, SNAP. Spanning tree and its kin are not IP.
func (d *Decoder) slowLLC(length uint16, c cursor, p *Packet) Reason {
	c = c.limit(int(length))
	if len(c.b) < 8 || c.b[0] != 0xaa {
		return NotIP
	}
	return d.slow(layers.LayerTypeLLC, c, p)
}

// slow lets gopacket find the IP header and goes on from there with our own walk. NewPacket recovers from panics; they
// are counted.
func (d *Decoder) slow(dec gopacket.Decoder, c cursor, p *Packet) Reason {
	pkt := gopacket.NewPacket(c.b, dec, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	net := pkt.NetworkLayer()
	if net == nil {
		return failure(pkt.ErrorLayer())
	}
	switch net.LayerType() {
	case layers.LayerTypeIPv4, layers.LayerTypeIPv6:
		at := len(c.b) - cap(net.LayerContents()) + (cap(c.b) - len(c.b))
		if at < 0 || at > len(c.b) {
			return SlowPath
		}
		return d.ip(c.skip(at), p)
	}
	return NotIP
}

// failure tells a decoder's error from its panic, which alone leaves a stack.
func failure(e gopacket.ErrorLayer) Reason {
	if e == nil {
		return NotIP
	}
	if f, ok := e.(*gopacket.DecodeFailure); ok && f.Dump() != "" {
		return SlowPanic
	}
	return SlowPath
}
