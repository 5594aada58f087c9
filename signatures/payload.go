package signatures

// PayloadMatch is the meaning of an RTP payload type.
type PayloadMatch struct {
	Row       *Row
	Kind      string // audio, video, share, fec, rtx, telephone-event
	Codec     string
	ClockRate int  // Hz; 0: not known
	Companion bool // seen only in native calls in this direction: its presence decides how 102 and 111 are read
}

// payloadIndex is indexed by client, direction and type.
type payloadIndex [3][2][128]PayloadMatch

// PayloadType tells what a payload type means. up is client to cloud: native clients and the cloud number their own
// directions. client is ClientNative, ClientBrowser or ClientSIP; a DTLS handshake on the flow shows a browser.
func (p *Pack) PayloadType(pt int, up bool, client string) (PayloadMatch, bool) {
	c := clientIndex(client)
	if c < 0 || pt < 0 || pt > 127 {
		return PayloadMatch{}, false
	}
	m := p.payloads[c][direction(up)][pt]
	return m, m.Row != nil
}

// NativeCompanion reports whether a payload type, in either direction, is used by native calls only.
func (p *Pack) NativeCompanion(pt int) bool {
	if pt < 0 || pt > 127 {
		return false
	}
	native := &p.payloads[clientIndex(ClientNative)]
	return native[0][pt].Companion || native[1][pt].Companion
}

func clientIndex(client string) int {
	switch client {
	case ClientNative:
		return 0
	case ClientBrowser:
		return 1
	case ClientSIP:
		return 2
	}
	return -1
}

func direction(up bool) int {
	if up {
		return 0
	}
	return 1
}

func (x *payloadIndex) compile(rows []*Row) {
	for _, r := range rows {
		s := r.PayloadType
		if s == nil {
			continue
		}
		m := PayloadMatch{Row: r, Kind: s.Media, Codec: s.Codec, ClockRate: s.ClockRate, Companion: s.Companion}
		for _, up := range []bool{true, false} {
			slot := &x[clientIndex(s.Client)][direction(up)][s.Type]
			if slot.Row == nil && (s.Direction == "both" || (s.Direction == "up") == up) {
				*slot = m
			}
		}
	}
}
