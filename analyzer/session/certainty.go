package session

import (
	"cmp"
	"slices"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// edge is how near to the capture's beginning or end something must be to be cut off by it.
const edge = 2 * time.Second

// streamsOf lists the session's RTP streams and what they are; where there are none, what the flows are for sure.
func (x *index) streamsOf(s *record.Session, media []span) {
	seen := map[string]bool{}
	for _, p := range media {
		if c := p.flow.mediaClass; c != "" && c != "mixed" {
			seen[c] = true
		}
		for _, m := range x.streams[p.flow.id] {
			if m.StartTime <= p.to && m.EndTime >= p.from {
				s.StreamIDs = append(s.StreamIDs, m.StreamID)
				seen[m.Kind] = true
			}
		}
	}
	for _, kind := range []string{"audio", "video", "share"} {
		if seen[kind] {
			s.Media = append(s.Media, kind)
		}
	}
	slices.Sort(s.StreamIDs)
	s.StreamIDs = slices.Compact(s.StreamIDs)
}

// sure says how certain it is that this is a call, and why: by the best evidence of its media, but never more than its
// largest flow is Webex.
func (x *index) sure(s *record.Session, media []span) (record.Confidence, wording.Text) {
	if len(media) == 0 {
		return record.Probable, wording.New("sure.checks", "checks of media during signalling that works")
	}
	best, why := record.Confidence(""), wording.Text{}
	for _, p := range media {
		if c, text := x.evidence(p.flow); c.Rank() > best.Rank() {
			best, why = c, text
		}
	}
	if f := largest(media).flow; f.confidence != "" && f.confidence.Rank() < best.Rank() {
		return f.confidence, wording.New("sure.webex", "%s; that it is Webex is %s", why, string(f.confidence))
	}
	return best, why
}

// evidence weighs what shows that a flow carries media.
func (x *index) evidence(f *trace) (record.Confidence, wording.Text) {
	var up, down bool
	for _, m := range x.streams[f.id] {
		up, down = up || m.Upstream, down || !m.Upstream
	}
	r := f.pattern
	switch {
	case up && down:
		return record.Confirmed, wording.New("sure.both", "RTP in both directions")
	case up:
		return record.Probable, wording.New("sure.up", "RTP from the client only")
	case down:
		return record.Probable, wording.New("sure.down", "RTP to the client only")
	case r != nil && r.MediaBoth > 0:
		return record.Probable, wording.New("sure.cadence", "cadence of media in both directions in %d of %d windows of 10 s", r.MediaBoth, r.Windows)
	case r != nil && r.MediaOne > 0:
		return record.Possible, wording.New("sure.cadence-one", "cadence of media in one direction in %d of %d windows of 10 s", r.MediaOne, r.Windows)
	}
	return record.Possible, wording.New("sure.volume", "volume on a media port, no RTP recognised")
}

// before reports whether a call had begun when the capture did: its first flow is a TCP connection without SYN, or RTP
// that runs at once and before the first STUN request, which ICE sends first.
func (x *index) before(f *trace) bool {
	if f.start.Sub(x.start) > edge && f.proto == "udp" {
		return false
	}
	if f.shake != nil {
		return f.shake.syn == 0 && !f.shake.synack
	}
	if f.stun == nil || f.stun.first == 0 {
		return false
	}
	return slices.ContainsFunc(x.streams[f.id], func(m *record.MediaStream) bool {
		return m.StartTime < f.stun.first
	})
}

// endedBy says how the flow that lasted longest ended: by TCP, with the capture, or because media stopped.
func (x *index) endedBy(call []span) string {
	last := slices.MaxFunc(call, func(a, b span) int { return cmp.Compare(a.to, b.to) })
	switch f := last.flow; {
	case f.proto == "tcp" && (f.endReason == "fin" || f.endReason == "rst"):
		return f.endReason
	case x.end.Sub(last.to) <= edge:
		return "end-of-capture"
	}
	return "silence"
}
