package audit

import "webexaudit/analyzer/record"

// judged says whether they are so many that silence means nothing.
func (s Sides) judged(e *Env) Sides {
	s.Bad = float64(s.Lacking) >= e.Value(OneSidedFlows) && percent(s.Lacking, s.Judged) > e.Value(OneSided)
	return s
}

// lacksSide reports whether a flow with one direction proves that the other exists. Its carrier is nil where it has no
// streams.
func (f *facts) lacksSide(fl *record.Flow, c *carrier) bool {
	if fl.PacketsFwd > 0 && fl.PacketsRev > 0 {
		return false
	}
	packets := float64(fl.PacketsFwd + fl.PacketsRev)
	switch fl.Proto {
	case "tcp":
		return fl.PayloadBytesFwd+fl.PayloadBytesRev > 0 && packets >= f.env.Value(OneSidedPackets)
	case "udp":
		if fl.Up().Packets == 0 {
			return packets >= f.env.Value(OneSidedMedia)
		}
		// ICE sends media only after an answer: media beside unanswered checks proves answers on another way.
		return fl.STUN != nil && fl.STUN.Requests > 0 && float64(c.packets()) >= f.env.Value(OneSidedMedia)
	}
	return false
}
