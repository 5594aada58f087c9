package session

import (
	"cmp"
	"slices"
	"time"

	"webexaudit/analyzer/record"
)

const (
	// minPayload is the least payload in bytes that counts as media where no RTP stream was recognised: connectivity
	// checks of a candidate that was not chosen stay far below.
	minPayload = 10_000
	// minStream is that of a TCP connection that has not the pattern of media and is called so for what is beside it.
	minStream = 50_000
	// pause is how long the media of a flow may rest without ending a stretch: video that is switched off and on again,
	// a client that tries the transport anew.
	pause = 10 * time.Second
)

// span is a stretch of time in which one flow carried media, or (not media) tried to.
type span struct {
	flow     *trace
	from, to record.Time
	bytes    int64
	media    bool
}

// size is what the span carried; of a try all that its flow sent.
func (s span) size() int64 {
	if !s.media {
		return s.flow.bytes
	}
	return s.bytes
}

// carries reports whether media travelled in the flow, not just a try of it.
func (x *index) carries(f *trace) bool {
	switch {
	case !f.function.IsMedia():
		return false
	case len(x.streams[f.id]) > 0:
		return true
	case f.transport == record.UDP:
		return f.payload >= minPayload
	}
	return f.pattern.Media() || f.payload >= minStream
}

// tries reports whether the flow is a failed attempt at media: connectivity checks without any answer. Webex Calling
// makes such checks for a call only; meeting clients also test nodes at leisure.
func tries(f *trace) bool {
	call := f.function.IsMedia() || f.service == record.Calling && f.function == record.ReachProbe
	return call && f.stun != nil && f.stun.asked > 0 && !f.heard
}

// spans are the stretches of a media flow, cut where its RTP rested for longer than pause. A flow that never rested is
// one span from its first packet to its last.
func (x *index) spans(f *trace) []span {
	var list []span
	for _, m := range x.streams[f.id] {
		list = append(list, x.runs(m)...)
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	list = joined(list)
	if len(list) == 0 {
		list = []span{{}}
	}
	if last := len(list) - 1; last == 0 {
		list[0].from, list[0].to = f.start, f.end
	}
	var whole, given int64
	for _, s := range list {
		whole += int64(s.to - s.from)
	}
	for i := range list {
		s := &list[i]
		s.flow, s.media = f, true
		if whole > 0 {
			s.bytes = int64(float64(f.bytes) * float64(s.to-s.from) / float64(whole))
		}
		given += s.bytes
	}
	list[len(list)-1].bytes += f.bytes - given
	return list
}

// runs are the stretches of a stream, by its intervals where there are any.
func (x *index) runs(m *record.MediaStream) []span {
	var list []span
	for _, i := range x.series[m.StreamID] {
		if i.Packets > 0 {
			end := i.StartTime + record.Time(i.IntervalS)*record.Time(time.Second)
			list = append(list, span{from: max(i.StartTime, m.StartTime), to: min(end, m.EndTime)})
		}
	}
	if len(list) == 0 {
		return []span{{from: m.StartTime, to: m.EndTime}}
	}
	return list
}

// joined makes spans in the order of their beginnings into one where they are no more than a pause apart.
func joined(list []span) []span {
	var out []span
	for _, s := range list {
		if n := len(out); n > 0 && s.from.Sub(out[n-1].to) <= pause {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// stretches lists the transports in the order in which they began; neighbours of the same kind are one.
func stretches(media []span) []record.SessionTransport {
	var list []record.SessionTransport
	for _, s := range media {
		if len(list) == 0 || list[len(list)-1].Transport != s.flow.transport {
			list = append(list, record.SessionTransport{Transport: s.flow.transport, StartTime: s.from,
				EndTime: s.from})
		}
		last := &list[len(list)-1]
		if s.to > last.EndTime {
			last.Seconds += s.to.Sub(max(s.from, last.EndTime)).Seconds()
			last.EndTime = s.to
		}
		last.Bytes += s.bytes
	}
	return list
}

// final is the transport that lasted longest into the session; of equals the one that began last.
func final(list []record.SessionTransport) record.Transport {
	best := list[0]
	for _, r := range list[1:] {
		if r.EndTime >= best.EndTime {
			best = r
		}
	}
	return best.Transport
}
