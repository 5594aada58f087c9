package rtcp

import "encoding/binary"

const (
	senderLen = 24 // SSRC and sender information of SR
	blockLen  = 24 // report block
)

// SenderReport is the sender's part of an SR packet (RFC 3550 section 6.4.1).
type SenderReport struct {
	SSRC        uint32
	NTPTime     uint64 // 32.32 fixed point, seconds since 1900
	RTPTime     uint32
	PacketCount uint32
	OctetCount  uint32 // payload bytes without header and padding
}

// ReportBlock is what a receiver says of one source (RFC 3550 section 6.4.1).
type ReportBlock struct {
	SSRC             uint32 // of the source reported on
	FractionLost     uint8  // since the last report, in 1/256
	CumulativeLost   int32  // 24 bits with sign: duplicates make it negative
	HighestSequence  uint32 // cycles in the upper half
	Jitter           uint32 // in units of the RTP timestamp
	LastSR           uint32 // middle 32 bits of the NTP time of the last SR; 0: none received
	DelaySinceLastSR uint32 // in 1/65536 s
}

// Sender is the SSRC of the packet's sender: the first word of the body, which for SDES and BYE is the first source
// listed.
func (p *Packet) Sender() (uint32, bool) {
	if len(p.Body) < 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(p.Body), true
}

// SenderReport returns the sender's part of an SR.
func (p *Packet) SenderReport() (SenderReport, bool) {
	if p.Type != SR || len(p.Body) < senderLen {
		return SenderReport{}, false
	}
	b := p.Body
	return SenderReport{
		SSRC:        binary.BigEndian.Uint32(b),
		NTPTime:     binary.BigEndian.Uint64(b[4:]),
		RTPTime:     binary.BigEndian.Uint32(b[12:]),
		PacketCount: binary.BigEndian.Uint32(b[16:]),
		OctetCount:  binary.BigEndian.Uint32(b[20:]),
	}, true
}

// Report returns the i-th report block of an SR or RR, counted from 0; false behind the last one, or where it is cut
// off.
func (p *Packet) Report(i int) (ReportBlock, bool) {
	at := 4
	if p.Type == SR {
		at = senderLen
	} else if p.Type != RR {
		return ReportBlock{}, false
	}
	if i < 0 || i >= int(p.Count) || len(p.Body) < at+(i+1)*blockLen {
		return ReportBlock{}, false
	}
	b := p.Body[at+i*blockLen:]
	lost := binary.BigEndian.Uint32(b[4:])
	return ReportBlock{
		SSRC:             binary.BigEndian.Uint32(b),
		FractionLost:     uint8(lost >> 24),
		CumulativeLost:   int32(lost<<8) >> 8,
		HighestSequence:  binary.BigEndian.Uint32(b[8:]),
		Jitter:           binary.BigEndian.Uint32(b[12:]),
		LastSR:           binary.BigEndian.Uint32(b[16:]),
		DelaySinceLastSR: binary.BigEndian.Uint32(b[20:]),
	}, true
}
