package catalogue

import (
	"cmp"
	"fmt"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// What the rules about two capture points share: one loop over the streams of both, grouped by the client's subject.

var comparedStream = wording.Noun{One: "stream of both points", Many: "streams of both points"}

var (
	comparedFrom = audit.NewLimit("WXA-CMP-001.min_packets", "packets", 500, 200, 200, 10, audit.Unbounded,
		"ours: one lost packet is then at most half a percent", "packets of a stream from which it is compared")
	notOriented = wording.New("cmp.not-oriented", "which point the packets pass first: both directions of a media flow, or a router "+
		"between the points")
	fewCompared = wording.New("cmp.few", "more packets that both points have: capture a call of half a minute or more")
	comparedRef = "RFC 3550 section 5.1 (SSRC, sequence number, time stamp)"
)

// verdictOn is what a rule says of one stream.
type verdictOn struct {
	lacks wording.Text // what it would take to judge it
	bad   bool
	value float64      // how bad, for the worst of a group
	text  wording.Text // of the worst
	how   string       // counted by group
	conf  record.Confidence
}

// pointRule judges the streams of two points.
type pointRule struct {
	pass    wording.Text
	measure func(*audit.Scope, *record.ComparedStream) verdictOn
	report  func(*audit.Scope, *audit.Group) audit.Verdict
	fields  func(*record.ComparedStream) map[string]string // for the evidence
}

func (r pointRule) judge(s *audit.Scope) {
	o := audit.Outcome{Of: comparedStream, Pass: r.pass, Absent: wording.New("cmp.absent", "no RTP stream is in both captures")}
	if c := s.Comparison; c != nil && c.Problem != "" {
		s.Conclude(nothingCompared(c))
		return
	}
	cite := &audit.Citation{Largest: true}
	groups := audit.NewGroups(cite)
	spoilt := false // one lacks packets that its capture may have lost: that may be what is wrong
	for _, c := range s.Compared {
		o.Seen++
		m := r.one(s, c)
		if !m.lacks.IsZero() {
			if !spoilt {
				o.Missing = m.lacks
			}
			spoilt = spoilt || m.lacks.ID == captureMay.ID
			continue
		}
		o.Judged++
		g := groups.At(s.SubjectOf(c.Client))
		g.Judged++
		if !m.bad {
			continue
		}
		g.Count++
		g.Raise(cmp.Or(m.conf, record.Confirmed))
		g.Hows.Add(m.how, 1)
		g.Extreme("worst", m.value, m.text)
		g.Add(audit.Ref{ID: c.A.FlowID, Client: c.Client, Start: c.StartTime, End: c.EndTime, Bytes: c.Expected,
			Evidence: audit.Cite(r.evidence(s.Comparison, c))}, cite)
	}
	for g := range groups.All {
		if g.Count > 0 {
			s.Report(g, r.report(s, g))
		}
	}
	if spoilt {
		o.Judged = 0
	}
	s.Conclude(o)
}

// nothingCompared is the outcome where no stream could be compared.
func nothingCompared(c *record.Comparison) audit.Outcome {
	seen := c.A.Streams + c.B.Streams + c.A.OverTCP + c.B.OverTCP
	return audit.Outcome{Of: mediaStream, Seen: max(int64(seen), 1), Missing: wording.New("cmp.problem", "%s", c.Problem)}
}

func (r pointRule) one(s *audit.Scope, c *record.ComparedStream) verdictOn {
	switch {
	case c.Problem != "":
		return verdictOn{lacks: wording.New("cmp.problem", "%s", c.Problem)}
	case float64(c.Expected) < s.Value(comparedFrom):
		return verdictOn{lacks: fewCompared}
	}
	return r.measure(s, c)
}

// evidence is a display filter for the stream in each of the two captures.
func (r pointRule) evidence(c *record.Comparison, x *record.ComparedStream) (list []record.Evidence) {
	for _, at := range []struct {
		point *record.Point
		end   *record.StreamEnd
	}{{&c.A, &x.A}, {&c.B, &x.B}} {
		e := record.Evidence{Kind: "interval-series", Filter: streamFilter(at.end), Fields: map[string]string{}}
		if r.fields != nil {
			e.Fields = r.fields(x)
		}
		e.Fields["ssrc"] = fmt.Sprintf("0x%08x", x.SSRC)
		if len(at.point.Files) == 1 {
			e.File = at.point.Files[0]
		}
		list = append(list, e)
	}
	return list
}

// streamFilter selects the packets of a stream's direction.
func streamFilter(e *record.StreamEnd) string {
	ip, icmp := "ip", "!icmp"
	if e.SrcIP.Unmap().Is6() {
		ip, icmp = "ipv6", "!icmpv6"
	}
	plain := func(a netip.Addr) string { return a.Unmap().WithZone("").String() }
	return fmt.Sprintf("%[1]s.src == %[2]s && %[1]s.dst == %[3]s && udp.srcport == %[4]d && udp.dstport == %[5]d && %[6]s", ip,
		plain(e.SrcIP), plain(e.DstIP), e.SrcPort, e.DstPort, icmp)
}

// wayOf a stream's packets: "audio from A to B".
func wayOf(c *record.ComparedStream) wording.Text {
	first, second := pointsOf(c)
	kind := c.Kind
	if kind == "" || kind == "unknown" {
		kind = "media"
	}
	return wording.New("cmp.way", "%s from %s to %s", wording.Word(kind), wording.Word(first), wording.Word(second))
}

// pointsOf are the letters of the first and the second point.
func pointsOf(c *record.ComparedStream) (first, second string) {
	if c.First == "b" {
		return "B", "A"
	}
	return "A", "B"
}

// secondLoses is what the capture at the second point is judged to have lost of the stream, and whether it may have
// lost more whose place is not known.
func secondLoses(s *audit.Scope, c *record.ComparedStream) (lost int64, gate bool) {
	if c.First == "a" {
		return c.B.CaptureLost, !s.Comparison.B.LossAssessable
	}
	return c.A.CaptureLost, !s.Comparison.A.LossAssessable
}

// streamsAmong are the streams of a group: "2 of 4 streams of both points".
func streamsAmong(g *audit.Group) wording.Text {
	if g.Count == g.Judged {
		return wording.New("cmp.all", "%s", wording.CountOf(g.Count, comparedStream))
	}
	return wording.New("cmp.streams", "%s of %s", wording.Number(g.Count), wording.CountOf(g.Judged, comparedStream))
}
