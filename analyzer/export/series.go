package export

import (
	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
)

// series makes the records of the stream's intervals, and keeps its gaps and what is known of its losses.
func (s *stream) series(x *dissect.State, from flow.Side, m *media.Stream) {
	var known media.Ledger
	if s.UDP {
		s.Rec.Ledger, known, s.Trips = ledger(s.Rec, x, from, m)
	}
	if t := x.TCP; t != nil {
		s.Unread, s.Broken = t.Unread(from)
	}
	gaps, _ := m.Gaps()
	for _, g := range gaps {
		s.Gaps = append(s.Gaps, loss.Gap{Time: g.Time, Number: g.Number, After: g.After, Lost: g.Lost})
	}
	fine, coarse, omitted := m.Intervals()
	for i, list := range [][]media.Interval{fine, coarse} {
		rows := make([]record.MediaInterval, len(list))
		s.Series[i], s.clocks[i] = make([]*record.MediaInterval, len(list)), make([]int, len(list))
		for k := range list {
			interval(&rows[k], &list[k])
			s.Series[i][k], s.clocks[i][k] = &rows[k], list[k].JitterClock
		}
		book(s.Series[i], &known)
	}
	if s.Rec.Ledger != nil {
		capacity(s.Rec.Ledger, s.Series[0])
	}
	s.Rec.Omitted = omitted
}

func interval(r *record.MediaInterval, x *media.Interval) {
	*r = record.MediaInterval{
		IntervalS: int(x.Length / 1e9), StartTime: record.Time(x.Start),
		Packets: x.Packets, Expected: x.Expected, Lost: x.Expected - x.Packets, Duplicated: x.Duplicated, Reordered: x.Reordered,
		MaxGapMs: *ms(x.MaxGap), BitrateBps: float64(x.Bytes * 8 * 1e9 / x.Length),
		JitterMeanMs: ms(x.JitterMean), JitterMaxMs: ms(x.JitterMax),
	}
	if x.DSCP < media.SeveralDSCP {
		dscp := int(x.DSCP)
		r.DSCP = &dscp
	}
}

// ofOthers takes away what streams have that are Webex's. The others' have a ledger only where a report is believed.
func (s *stream) ofOthers() {
	t := s.Rec
	s.Series[0], t.Omitted = nil, 0
	switch {
	case t.Ledger == nil:
	case t.Ledger.Reports > 0:
		t.Ledger.CapacityBps = nil
	default:
		t.Ledger, s.Trips = nil, nil
		for _, r := range s.Series[1] {
			r.Unsent, r.Reported, r.LostBehind, r.RTTMs, r.ReceivedBps, r.PassedBps = nil, nil, nil, nil, nil, nil
		}
	}
}

// rows finishes the intervals: those of another clock rate than the stream's have no jitter.
func (s *stream) rows(f *classify.Flow) {
	t := s.Rec
	for i, list := range s.Series {
		for k, r := range list {
			r.StreamID, r.FlowID = t.StreamID, t.FlowID
			if s.clocks[i][k] != t.ClockRate || t.ClockRate == 0 || t.Kind == rtx {
				r.JitterMeanMs, r.JitterMaxMs = nil, nil
			}
			if t.Kind == "video" && r.IntervalS == 10 {
				r.VideoLines = f.VideoLines(r.BitrateBps)
			}
		}
	}
	s.clocks = [2][]int{}
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
