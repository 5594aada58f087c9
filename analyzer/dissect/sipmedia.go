package dissect

import (
	"net/netip"

	"webexaudit/analyzer/dissect/sdp"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
)

// SIPMedia is a medium that one side announced: whoever sends it sends it to this address and port.
type SIPMedia struct {
	Side        flow.Side // who announced it
	Host        string    // as it stands there
	Addr        netip.Addr
	Port        uint16
	Kind        string // audio, video, application …
	Profile     string // RTP/AVP, RTP/SAVP …
	Types       []SIPType
	Crypto      bool  // keys in the description (RFC 4568)
	Fingerprint bool  // keys by DTLS (RFC 5763)
	Number      int64 // of the first packet
	First, Last int64 // times of the announcements
}

// SIPType is a payload type of announced media.
type SIPType struct {
	Number uint8
	Codec  string // "" where the description has none
	Clock  int    // Hz, 0: not known
	Varies bool   // two descriptions disagree on the clock
}

// Bounds of one medium.
const (
	maxSIPTypes = 32
	maxSIPToken = 64 // bytes of host, kind, profile and codec
)

func token(b []byte) string { return string(b[:min(len(b), maxSIPToken)]) }

func newSIPMedia(s flow.Side, in *sdp.Media) SIPMedia {
	return SIPMedia{
		Side: s, Host: token(in.Connection.Name), Addr: in.Connection.Addr.Unmap(), Port: uint16(in.Port), Kind: token(in.Kind), Profile: token(in.Profile),
	}
}

// types adds the payload types of one more description. Without a=rtpmap a static type has the clock rate of RFC 3551.
func (l *SIPMedia) types(list []sdp.Type) {
	for _, in := range list {
		clock := in.Clock
		if clock == 0 && in.Codec == nil {
			_, clock = media.Static(int(in.Number))
		}
		switch t := l.find(in.Number); {
		case t != nil && t.Clock == 0 && t.Codec == "":
			t.Codec, t.Clock = token(in.Codec), clock
		case t != nil:
			t.Varies = t.Varies || clock != 0 && t.Clock != clock
		case len(l.Types) < maxSIPTypes:
			l.Types = append(l.Types, SIPType{Number: in.Number, Codec: token(in.Codec), Clock: clock})
		}
	}
}

func (l *SIPMedia) find(pt uint8) *SIPType {
	for i := range l.Types {
		if l.Types[i].Number == pt {
			return &l.Types[i]
		}
	}
	return nil
}
