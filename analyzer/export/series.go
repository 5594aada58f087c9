package export

import (
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
)

// series makes the records of a stream's intervals and keeps its gaps.
func series(t *record.MediaStream, f *draft, from flow.Side, m *media.Stream) *loss.Stream {
	s := &loss.Stream{Rec: t, UDP: f.Rec.Proto == "udp", Client: f.Rec.ClientAddr()}
	if x := f.Rec.STUN; x != nil && x.RTTMs != nil {
		s.RTTMs = new(*x.RTTMs)
	}
	var known media.Ledger
	t.Ledger, known, s.Trips = ledger(t, f, from, m)
	if x := f.facts.TCP; x != nil {
		s.Unread, s.Broken = x.Unread(from)
	}
	gaps, _ := m.Gaps()
	for _, g := range gaps {
		s.Gaps = append(s.Gaps, loss.Gap{Time: g.Time, Number: g.Number, After: g.After, Lost: g.Lost})
	}
	fine, coarse, omitted := m.Intervals()
	if !t.Webex {
		fine = nil
	}
	for i, list := range [][]media.Interval{fine, coarse} {
		for k := range list {
			r := interval(t, &list[k])
			if t.Kind == "video" && r.IntervalS == 10 {
				r.VideoLines = f.VideoLines(r.BitrateBps)
			}
			s.Series[i] = append(s.Series[i], r)
		}
		book(s.Series[i], &known)
	}
	if t.Ledger != nil {
		capacity(t.Ledger, s.Series[0])
	}
	if t.Webex {
		t.Omitted = omitted
	}
	return s
}

func interval(t *record.MediaStream, x *media.Interval) *record.MediaInterval {
	r := &record.MediaInterval{
		StreamID: t.StreamID, FlowID: t.FlowID, IntervalS: int(x.Length / 1e9), StartTime: record.Time(x.Start),
		Packets: x.Packets, Expected: x.Expected, Lost: x.Expected - x.Packets, Duplicated: x.Duplicated, Reordered: x.Reordered,
		MaxGapMs: *ms(x.MaxGap), BitrateBps: float64(x.Bytes * 8 * 1e9 / x.Length),
	}
	if x.JitterClock == t.ClockRate && t.ClockRate != 0 && t.Kind != rtx {
		r.JitterMeanMs, r.JitterMaxMs = ms(x.JitterMean), ms(x.JitterMax)
	}
	if x.DSCP < media.SeveralDSCP {
		dscp := int(x.DSCP)
		r.DSCP = &dscp
	}
	return r
}

// MirrorGaps are the gaps in the numbers of mirror tunnels; placed says that no packet is missing beside them.
func MirrorGaps(inputs []ingest.Input) (gaps []loss.MirrorGap, placed bool) {
	placed = true
	for i := range inputs {
		s := &inputs[i].Stats
		placed = placed && s.MirrorLeft <= 0
		for _, g := range s.MirrorGaps {
			if g.Lost > 0 {
				gaps = append(gaps, loss.MirrorGap{Number: g.Number, Lost: g.Lost})
			}
		}
	}
	return gaps, placed
}
