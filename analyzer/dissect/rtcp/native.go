package rtcp

import (
	"bytes"
	"encoding/binary"
)

// MARI is the feedback by which Webex's native app and its cloud say several times a second what reaches them. It was
// found in one call of 2023; no description is published.
type MARI struct {
	SenderSSRC uint32
	Clock      uint32 // of the newest packet received, as its header extension had it (rtp.Sent)
	Rate       uint32 // received, bits per second
}

const (
	mariLen     = 12 // behind the name
	mariVersion = 1
)

// MARI returns the feedback of this name. Of other packets named is false; ok is false where its length or its version
// is not the known one.
func (p *Packet) MARI() (m MARI, named, ok bool) {
	f, named := p.application("MARI")
	if !named || len(f.FCI) != mariLen || f.FCI[0] != mariVersion {
		return MARI{}, named, false
	}
	return MARI{f.SenderSSRC, binary.BigEndian.Uint32(f.FCI[4:]), binary.BigEndian.Uint32(f.FCI[8:])}, true, true
}

// StreamRequest is what a receiver asks of a sender by the feedback MSTR: the most of each. The meaning of the fields
// was inferred from one call of 2023.
type StreamRequest struct {
	Rate           uint32 // bits per second
	PayloadType    uint8
	MacroblockRate uint32 // per second
	FrameSize      uint16 // macroblocks
	FrameRate      uint16 // hundredths of frames per second
}

const (
	mstrRequest = 0x00110002
	mstrAnswer  = 0x0021 // two bytes of number and two of the type that it answers follow
	mstrStreams = 0x0400 // the list of streams: type, length with this header
	streamLen   = 24
)

// StreamRequest returns the first stream that an MSTR packet asks for.
func (p *Packet) StreamRequest() (r StreamRequest, ok bool) {
	f, named := p.application("MSTR")
	b := f.FCI
	if !named || len(b) < 8+streamLen || binary.BigEndian.Uint32(b) != mstrRequest ||
		binary.BigEndian.Uint16(b[4:]) != mstrStreams || int(binary.BigEndian.Uint16(b[6:])) < 4+streamLen {
		return StreamRequest{}, false
	}
	b = b[8:]
	return StreamRequest{
		Rate: binary.BigEndian.Uint32(b), PayloadType: b[8], MacroblockRate: binary.BigEndian.Uint32(b[12:]),
		FrameSize: binary.BigEndian.Uint16(b[16:]), FrameRate: binary.BigEndian.Uint16(b[18:]),
	}, true
}

// AnswersRequest reports whether the packet is an MSTR by which a sender says that a request for streams came.
func (p *Packet) AnswersRequest() bool {
	f, named := p.application("MSTR")
	b := f.FCI
	return named && len(b) >= 8 && binary.BigEndian.Uint16(b) == mstrAnswer &&
		binary.BigEndian.Uint16(b[4:]) == mstrRequest&0xFFFF
}

// application returns an application layer feedback of a name, with what follows the name as FCI.
func (p *Packet) application(name string) (Feedback, bool) {
	f, ok := p.Feedback()
	if !ok || p.Type != PSFB || p.Count != AFB || !bytes.HasPrefix(f.FCI, []byte(name)) {
		return Feedback{}, false
	}
	f.FCI = f.FCI[len(name):]
	return f, true
}
