package audit

import (
	"slices"

	"webexaudit/analyzer/record"
)

// sides counts the Webex flows of which a direction is missing that must exist.
func (f *facts) sides() Sides {
	var s Sides
	for _, fl := range f.webex {
		switch lacks := f.lacksSide(fl); {
		case lacks:
			s.Lacking++
			s.Judged++
		case fl.PacketsFwd > 0 && fl.PacketsRev > 0:
			s.Judged++
		}
	}
	s.Bad = float64(s.Lacking) >= f.env.Value(OneSidedFlows) && percent(s.Lacking, s.Judged) > f.env.Value(OneSided)
	return s
}

// lacksSide reports whether a flow with one direction proves that the other exists.
func (f *facts) lacksSide(fl *record.Flow) bool {
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
		var media int64
		for _, m := range f.streamsOf[fl.FlowID] {
			media += m.Packets
		}
		return fl.STUN != nil && fl.STUN.Requests > 0 && float64(media) >= f.env.Value(OneSidedMedia)
	}
	return false
}

// continued are the flows whose 5-tuple had a flow before: one that a time limit of the analysis cut in two.
func continued(webex []*record.Flow) map[*record.Flow]bool {
	ids := make([]string, 0, len(webex))
	for _, f := range webex {
		ids = append(ids, f.CommunityID)
	}
	slices.Sort(ids)
	again := map[string]bool{}
	for i, id := range ids {
		if i > 0 && id == ids[i-1] && id != "" {
			again[id] = false
		}
	}
	list := map[*record.Flow]bool{}
	for _, f := range webex { // by start
		if seen, ok := again[f.CommunityID]; ok {
			again[f.CommunityID] = true
			list[f] = seen
		}
	}
	return list
}
