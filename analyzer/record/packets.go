package record

import "encoding/binary"

// KeyPacket is a packet that a verdict may cite.
type KeyPacket struct {
	// syn, syn-ack, client-hello, server-hello, certificate, alert, connect, connect-reply, stun-request, stun-answer,
	// sip-request, sip-answer, sip-length, rst, icmp-error, http-request, http-response, ntp-request, ntp-answer,
	// dtls-client-hello, dtls-server-hello, ras-request, ras-answer, h225-setup, h225-connect, h225-release-complete
	Kind   string `json:"kind"`
	Packet int64  `json:"packet" pack:"packet"`
	File   int    `json:"file,omitempty"` // index into Run.Files
	Time   Time   `json:"time"`
}

// PacketRange is a run of consecutive packet numbers within one file.
type PacketRange struct {
	File        int
	First, Last int64
}

// PacketSet is a list of ranges, packed: for each the step to its file, the step to its first number and its length, as
// varints. A flow has a dozen ranges on average, which take 24 bytes each unpacked.
type PacketSet string

// PacketSetOf packs the ranges, whatever their order.
func PacketSetOf(ranges ...PacketRange) PacketSet {
	var p PacketPacker
	for _, r := range ranges {
		p.Add(r)
	}
	return p.Set()
}

// Ranges yields the ranges in their order.
func (s PacketSet) Ranges(yield func(PacketRange) bool) {
	var r PacketRange
	b := []byte(s)
	next := func() int64 {
		v, n := binary.Varint(b)
		b = b[max(n, 0):]
		return v
	}
	for len(b) > 0 {
		r.File += int(next())
		r.First = r.Last + next()
		r.Last = r.First + next()
		if !yield(r) {
			return
		}
	}
}

// PacketPacker makes sets, one after the other, in one buffer.
type PacketPacker struct {
	enc []byte
	at  PacketRange
}

// Add appends a range to the set at hand.
func (p *PacketPacker) Add(r PacketRange) {
	p.enc = binary.AppendVarint(p.enc, int64(r.File-p.at.File))
	p.enc = binary.AppendVarint(p.enc, r.First-p.at.Last)
	p.enc = binary.AppendVarint(p.enc, r.Last-r.First)
	p.at = r
}

// Set returns what was added since the last call.
func (p *PacketPacker) Set() PacketSet {
	s := PacketSet(p.enc)
	p.enc, p.at = p.enc[:0], PacketRange{}
	return s
}
