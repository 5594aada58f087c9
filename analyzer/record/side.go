package record

import "net/netip"

// Side is one direction of a flow as its client or server sent it.
type Side struct {
	Packets, Bytes, PayloadBytes int64
	DSCP                         DSCP
	TTL                          *int
}

// Count is how many flows the record stands for.
func (f *Flow) Count() int64 { return max(f.Flows, 1) }

// ClientIsSource reports whether the Webex client is the flow's source; so it is where the client is not known.
func (f *Flow) ClientIsSource() bool {
	return !f.Client.IsValid() || f.Client == f.SrcIP || f.Client != f.DstIP
}

// ClientAddr is the Webex client's address, else the source's.
func (f *Flow) ClientAddr() netip.Addr {
	if f.Client.IsValid() {
		return f.Client
	}
	return f.SrcIP
}

// Server is the address and port of the side that is not the client: the media node, the service, or the proxy.
func (f *Flow) Server() netip.AddrPort {
	if f.ClientIsSource() {
		return netip.AddrPortFrom(f.DstIP, uint16(f.DstPort))
	}
	return netip.AddrPortFrom(f.SrcIP, uint16(f.SrcPort))
}

// Up is what the client sent.
func (f *Flow) Up() Side {
	if f.ClientIsSource() {
		return f.forward()
	}
	return f.reverse()
}

// Down is what the client received.
func (f *Flow) Down() Side {
	if f.ClientIsSource() {
		return f.reverse()
	}
	return f.forward()
}

func (f *Flow) forward() Side {
	return Side{f.PacketsFwd, f.BytesFwd, f.PayloadBytesFwd, f.DSCPFwd, f.TTLFwd}
}

func (f *Flow) reverse() Side {
	return Side{f.PacketsRev, f.BytesRev, f.PayloadBytesRev, f.DSCPRev, f.TTLRev}
}

// KeyTime is the time of the first key packet of a kind, 0 where there is none.
func (f *Flow) KeyTime(kind string) Time {
	for _, k := range f.KeyPackets {
		if k.Kind == kind {
			return k.Time
		}
	}
	return 0
}
