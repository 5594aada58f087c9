package loss

// insideTCP finds for streams inside TCP how many packets the bytes held that the capture lacks. TCP delivers all it is
// given, so what these do not explain was lost before it: by the sender, or on its way to it. The streams of one side
// of a connection share its bytes by what each of them lacks.
func (in *Input) insideTCP() {
	type lane struct{ flow, direction string }
	gone := map[lane]int64{}
	for _, s := range in.Streams {
		if !s.UDP {
			gone[lane{s.Rec.FlowID, s.Rec.Direction}] += missing(s.Rec)
		}
	}
	for _, s := range in.Streams {
		m := s.Rec
		if all := gone[lane{m.FlowID, m.Direction}]; !s.UDP && all > 0 && m.Packets > 0 && s.Unread > 0 {
			size := max(m.Bytes/m.Packets, 1)
			held := (s.Unread+size-1)/size + s.Broken
			s.inside = min((held*missing(m)+all-1)/all, missing(m))
		}
	}
}
