package audit

import "slices"

// sides counts the Webex flows of which a direction is missing that must exist.
func (f *facts) sides() Sides {
	var s Sides
	for i := range f.known {
		fl := &f.known[i]
		switch {
		case !fl.Webex:
		case f.lacksSide(fl):
			s.Lacking++
			s.Judged++
		case fl.PacketsFwd > 0 && fl.PacketsRev > 0:
			s.Judged++
		}
	}
	return s.judged(f.env)
}

// judged says whether they are so many that silence means nothing.
func (s Sides) judged(e *Env) Sides {
	s.Bad = float64(s.Lacking) >= e.Value(OneSidedFlows) && percent(s.Lacking, s.Judged) > e.Value(OneSided)
	return s
}

// lacksSide reports whether a flow with one direction proves that the other exists.
func (f *facts) lacksSide(fl *known) bool {
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
		for _, m := range fl.streams {
			media += m.Packets
		}
		return fl.STUN != nil && fl.STUN.Requests > 0 && float64(media) >= f.env.Value(OneSidedMedia)
	}
	return false
}

// continued marks the flows whose 5-tuple had a flow before: one that a time limit of the analysis cut in two.
func (f *facts) continued() {
	ids := make([]string, 0, len(f.webex))
	for _, fl := range f.webex {
		ids = append(ids, fl.CommunityID)
	}
	slices.Sort(ids)
	again := map[string]bool{} // of what has several flows: whether one of them came
	for i, id := range ids {
		if i > 0 && id == ids[i-1] && id != "" {
			again[id] = false
		}
	}
	if len(again) == 0 {
		return
	}
	for i := range f.known { // by start
		fl := &f.known[i]
		if !fl.Webex {
			continue
		}
		if came, several := again[fl.CommunityID]; several {
			again[fl.CommunityID], fl.again = true, came
		}
	}
}
