package catalogue

import (
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	oneWayRate = audit.NewLimit("WXA-MED-010.min_rate", "packets/s", 20, 10, 10, 1, 1000,
		"ours: audio sends 50 a second; comfort noise and keepalives stay below", "minimum packet rate of the client's media")
	oneWaySeconds = audit.NewLimit("WXA-MED-010.min_seconds", "s", 40, 20, 20, 1, 3600,
		"ours: early media and announcements are shorter", "minimum time without any packet to the client, where no STUN is in use")
	oneWayTail = audit.NewLimit("WXA-MED-010.tail_seconds", "s", 30, 10, 10, 5, 3600,
		"ours: users hang up before consent expires after 30 s (RFC 7675 section 5.1)",
		"minimum time without any packet to the client, where STUN is in use")
)

var med010 = &audit.Rule{
	ID: "WXA-MED-010", Title: "One-way media", Severity: record.High, Version: "4",
	Plain: "media was sent and nothing came back (%s)",
	Doc: audit.Doc{
		What: "A client sends media and gets nothing back, not even an answer to its keepalives.",
		Why: "Users hear nothing while they are heard, until the call drops. The return path is blocked or lost its " +
			"address translation.",
		Trigger: "UDP media from the client at min_rate or more, and no packet to the client: for tail_seconds after " +
			"the last media, the last STUN answer and the last media of which believed feedback tells, while two or more of its STUN requests stay unanswered; or, " +
			"where the flow uses no STUN, for min_seconds from its beginning (Webex Calling to a gateway; elsewhere " +
			"for 30 s). Where a flow without STUN hears the other side first and then nothing for min_seconds, that " +
			"is a warning and only possible. Where both ends of one call of Webex Calling are in the capture (an SSRC that goes " +
			"up in one flow and comes down in another, or one Call-ID of SIP in clear), and the other end sends all the " +
			"while, tail_seconds are enough and the finding is confirmed; where the flow is also seen on the other side of an " +
			"address translation, the finding says on which side of it the media stops.",
		LookAlikes: "A muted or lonely conference sends no media either, but answers the STUN keepalives: " +
			"WXA-MED-017; so does one whose feedback in clear goes on telling what arrived of the client's media (MARI, reports). " +
			"Without STUN voicemail, hold and mute look like a path that went dead in mid-call. Early " +
			"media of a few seconds is normal. A capture that lacks one direction: not assessable. A client that " +
			"only listens is not judged. Where the other end of the call is in the capture and sends nothing, there is nothing to " +
			"hear: not judged. Two legs or two ends of one call are one finding.",
		Verify: "Wireshark: Telephony > RTP > RTP Streams shows one direction only; `ip.dst == CLIENT && ip.src == " +
			"NODE && udp` shows any packet towards the client, STUN and RTCP included.",
	},
	Remediation: "Look for the return path: address translation timer for UDP, asymmetric routing, a firewall that " +
		"allows one direction only.",
	Refs:       []string{"RFC 7675 section 5.1 (consent freshness)"},
	Rows:       []string{"ports-meetings", "prefixes", "stun"},
	Needs:      []string{"flow", "media_stream", "media_interval", "both directions of the client's traffic"},
	Under:      []audit.Root{{Rule: "WXA-CAL-002"}, {Rule: "WXA-NAT-001"}},
	Thresholds: []*audit.Limit{oneWayRate, oneWaySeconds, oneWayTail},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "media flow from a client", Many: "media flows from a client"},
		Pass: wording.New("med010.pass", "media and keepalives come back"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			_, ok := sent(e, f)
			return ok && !outer(e, f) && !toldElsewhere(e, f)
		},
		Lacks: func(e *audit.Env, f *observe.Flow) (missing wording.Text) {
			if !f.Sees {
				return answersMissing
			}
			switch s := silentFor(e, f); {
			case s.proof == farMute:
				missing = wording.New("med010.mute", "something to hear: the other end of the call, which is in the capture, sent nothing")
			case s.quiet == 0 && f.Down().Packets == 0:
				missing = wording.New("med010.missing", "proof that the silence is the network's: a longer capture, with both directions of UDP")
			}
			return missing
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			s := silentFor(e, f)
			if s.quiet == 0 {
				return false
			}
			g.Host(f.Server().String())
			g.Extreme("quiet", s.quiet.Seconds(), wording.Text{})
			if s.proof != noProof {
				g.Extreme("side", s.quiet.Seconds(), sideOf(e, s.proof, s.leg))
			}
			if s.proof == farSends && deaf(e, s.leg) {
				g.Clients.Add(s.leg.Flow.ClientAddr())
			}
			return true
		},
		Confidence: func(e *audit.Env, f *observe.Flow) record.Confidence {
			return silentFor(e, f).conf
		},
		Cite:   audit.Citation{Largest: true, Items: withLegs},
		Report: oneWayVerdict,
	},
}

func oneWayVerdict(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
	quiet := wording.Seconds(g.Worst["quiet"].Value)
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("med010.fail", "%s in %s sent media in %s and got nothing back, for up to %s%s", clients(g), subject(g),
			wording.Count(g.Flows, "flow", "flows"), quiet, g.Worst["side"].Of),
		Expected: wording.New("med010.expected", "media or keepalive answers in both directions"),
		Actual:   wording.New("med010.actual", "no packet to the client for up to %s", quiet),
	}
	if g.Confidence == record.Possible {
		v.State, v.Severity = record.Warn, record.Medium
		v.Summary = wording.New("med010.deaf", "%s in %s heard the other side and then nothing more, for up to %s, while sending media in %s",
			clients(g), subject(g), quiet, wording.Count(g.Flows, "flow", "flows"))
		v.Remediation = wording.New("med010.deaf.remedy", "Ask the user: voicemail, hold and mute of the other side look the same. Where people were cut off, look "+
			"for the return path: address translation timer for UDP, asymmetric routing, a firewall that allows one direction only.")
	}
	return v, true
}

// upload is what a client sent in one media flow.
type upload struct {
	first, last record.Time
	packets     int64
}

// sent sums the client's media streams of a UDP flow; not ok below the minimum rate.
func sent(e *audit.Env, f *observe.Flow) (u upload, ok bool) {
	if !f.Function.IsMedia() || f.Proto != "udp" {
		return u, false
	}
	for _, m := range f.Streams {
		if !m.Upstream {
			continue
		}
		if u.packets == 0 || m.StartTime < u.first {
			u.first = m.StartTime
		}
		u.last = max(u.last, m.EndTime)
		u.packets += m.Packets
	}
	seconds := u.last.Sub(u.first).Seconds()
	return u, u.packets > 0 && seconds >= e.Value(oneWayTail) && float64(u.packets) >= e.Value(oneWayRate)*seconds
}

// lull is how long the client sent while nothing came back; 0 where that is no proof of a broken path.
type lull struct {
	quiet time.Duration
	conf  record.Confidence
	proof proof        // of another leg of the call
	leg   *observe.Leg // this one
}

// silentFor finds the silence at the end of a flow.
func silentFor(e *audit.Env, f *observe.Flow) (s lull) {
	up, _ := sent(e, f)
	last := max(up.first, heard(f))
	if f.STUN != nil {
		last = max(last, f.STUN.LastAnswer)
	}
	last = max(last, toldOf(f, true))
	s.proof, s.leg = legProof(e, f, last, up.last)
	switch {
	case s.proof == farMute && up.last.Sub(last).Seconds() >= e.Value(oneWayTail):
		return s
	case s.proof == farMute:
		s.proof, s.leg = noProof, nil
	}
	if f.STUN != nil && f.STUN.Requests > 0 {
		s.quiet, s.conf = unansweredFor(e, f, up)
	} else {
		s.quiet, s.conf = plainSilence(e, f, up, s.proof)
	}
	if s.quiet > 0 && (s.proof == farSends || s.proof == comesNear) {
		s.conf = record.Confirmed
	}
	return s
}

// plainSilence is the silence of a flow without STUN.
func plainSilence(e *audit.Env, f *observe.Flow, up upload, p proof) (time.Duration, record.Confidence) {
	last, conf := up.first, record.Probable
	if f.Down().Packets > 0 {
		if last = heard(f); last.IsZero() {
			return 0, ""
		}
		last = max(last, toldOf(f, true))
		conf = record.Possible // who is put through to voicemail hears nothing either
	} else if f.SeesUDP {
		conf = record.Confirmed
	}
	quiet, least := up.last.Sub(last), e.Value(oneWaySeconds)
	if f.Service != record.Calling {
		least = max(least, consent.Seconds()) // ICE may have been elsewhere
	}
	if p == farSends || p == comesNear { // there was something to hear
		least = e.Value(oneWayTail)
	}
	if quiet.Seconds() < least || rateAfter(f, last, up) < e.Value(oneWayRate) {
		return 0, ""
	}
	return quiet, conf
}

// consent is how long a peer may send without an answer to its checks (RFC 7675 section 5.1).
const consent = 30 * time.Second

// unansweredFor is silentFor of a flow with STUN: the checks, which were answered before, stay without answer.
func unansweredFor(e *audit.Env, f *observe.Flow, up upload) (time.Duration, record.Confidence) {
	if f.Down().Packets == 0 || f.STUN.Answered < 2 || f.STUN.Requests < f.STUN.Answered+2 ||
		f.STUN.LastAnswer.IsZero() {
		return 0, ""
	}
	last := max(f.STUN.LastAnswer, heard(f), toldOf(f, true))
	tail := up.last.Sub(last)
	if tail.Seconds() < e.Value(oneWayTail) || rateAfter(f, last, up) < e.Value(oneWayRate) {
		return 0, ""
	}
	return tail, record.Probable
}

// heard is when the last media came to the client, 0 where none did.
func heard(f *observe.Flow) (last record.Time) {
	for _, m := range f.Streams {
		if !m.Upstream {
			last = max(last, m.EndTime)
		}
	}
	return last
}

// toldOf is when the latest media of the client, or for the client, passed of which its receiver tells by feedback that
// is believed: as long the path lived both ways. 0: it tells of none.
func toldOf(f *observe.Flow, up bool) (last record.Time) {
	for i := range f.Streams {
		m := &f.Streams[i]
		if m.Upstream != up || m.Ledger == nil || m.Ledger.Echoes+m.Ledger.Reports == 0 {
			continue
		}
		for _, r := range m.Rows {
			if r.RTTMs != nil || r.Reported != nil && *r.Reported > 0 {
				last = max(last, min(r.StartTime+record.Time(r.IntervalS)*1e9, m.EndTime))
			}
		}
	}
	return last
}

// rateAfter is the client's packet rate from a time on, by the intervals where there are any, else the rate of the
// streams that go on to the end.
func rateAfter(f *observe.Flow, from record.Time, up upload) float64 {
	var packets, series int64
	var average float64
	for i := range f.Streams {
		m := &f.Streams[i]
		if !m.Upstream {
			continue
		}
		rows := m.Every(1)
		if len(rows) == 0 {
			rows = m.Every(10)
		}
		for _, r := range rows {
			series++
			if r.StartTime >= from {
				packets += r.Packets
			}
		}
		if d := m.EndTime.Sub(m.StartTime).Seconds(); d > 0 && m.EndTime == up.last {
			average += float64(m.Packets) / d
		}
	}
	if series == 0 {
		return average
	}
	return float64(packets) / up.last.Sub(from).Seconds()
}
