package analyzer

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
)

// series makes the records of a stream's intervals and keeps its gaps.
func series(t *record.MediaStream, f *classify.Flow, from flow.Side, m *media.Stream) *loss.Stream {
	s := &loss.Stream{Rec: t, Flow: f.Rec}
	if x := f.Facts.TCP; x != nil {
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
			s.Series[i] = append(s.Series[i], interval(t, &list[k]))
		}
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
	if x.JitterClock == t.ClockRate && t.ClockRate != 0 {
		r.JitterMeanMs, r.JitterMaxMs = ms(x.JitterMean), ms(x.JitterMax)
	}
	return r
}

// attributeLoss lets the losses of the capture be told from those of the network.
func (c *Config) attributeLoss(p *pipeline, set *record.Set, streams []*loss.Stream) {
	limit := c.Audit.Policy.Value
	in := &loss.Input{
		Health: set.Health, Flows: set.Flows, Streams: streams, Placed: true,
		Limits: loss.Limits{
			Drops: limit(audit.SensorDrops) / 100, Mirror: limit(audit.MirrorGaps) / 100,
			Unseen: limit(audit.UnseenTCP) / 100, TCPBytes: int64(limit(audit.UnseenFrom)),
		},
	}
	for _, f := range p.inputs {
		in.Placed = in.Placed && f.stats.MirrorLeft <= 0
		for _, g := range f.stats.MirrorGaps {
			if g.Lost > 0 {
				in.Mirror = append(in.Mirror, loss.MirrorGap{Number: g.Number, Lost: g.Lost})
			}
		}
	}
	loss.Judge(in)
	rate(streams)
}
