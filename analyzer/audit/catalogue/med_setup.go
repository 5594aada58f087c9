package catalogue

import (
	"fmt"
	"slices"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	setupSilence = audit.NewLimit("WXA-MED-019.min_silence_seconds", "s", 5, 2, 1, 0.1, 600,
		"ours: 2 to 18 s were measured at a tight downlink", "minimum silence from the last audio before to the first audio after")
	setupTimes = audit.NewLimit("WXA-MED-019.min_times", "times", 3, 2, 2, 1, 1000,
		"ours: one may be a move from the lobby into the meeting", "minimum number of times in a session")
)

var med019 = &audit.Rule{
	ID: "WXA-MED-019", Title: "Media is set up anew during the call", Severity: record.Medium,
	Plain: "media broke off and had to be set up anew (%s)",
	Doc: audit.Doc{
		What: "In one session the media path was given up and set up anew, and nobody heard anything in between.",
		Why: "The client does so where it believes the path dead or too poor: users hear a break of seconds each " +
			"time, and think that the call dropped.",
		Trigger: "min_times or more in a session, audio to the client ends in one flow and begins in another that " +
			"was opened after it, with min_silence_seconds or more without any in between. The finding says how " +
			"often, for how many seconds together, and what changed: the transport, the node, or only the source " +
			"port.",
		LookAlikes: "One change is a move from the lobby or to another room. Several flows side by side are several " +
			"media. Hold keeps its flow. Where several devices share one address their sessions may be mixed up and " +
			"are not judged.",
		Verify: "Wireshark: `ip.addr == CLIENT && rtp`, Telephony > RTP > RTP Streams, sorted by start: audio to the client ends, " +
			"and seconds later begins on other ports.",
	},
	Remediation: "Look at the seconds before each break: loss, a full downlink, Wi-Fi roaming, or a device that ends " +
		"UDP sessions.",
	Refs:       []string{"RFC 8445 section 9 (ICE restarts)"},
	Rows:       []string{"payload_types", "prefixes"},
	Needs:      []string{"session", "media_stream"},
	Thresholds: []*audit.Limit{setupSilence, setupTimes},
	Under: []audit.Root{{Rule: "WXA-MED-006"}, {Rule: "WXA-NAT-001"}, {Rule: "WXA-MED-010"}, {Rule: "WXA-QUA-001"},
		{Rule: "WXA-MED-004"}, {Rule: "WXA-MED-011"}},
	Judge: audit.PerSession{
		Of:      wording.Noun{One: "session with audio to the client", Many: "sessions with audio to the client"},
		Pass:    wording.New("med019.pass", "media was set up once, or changed without a long silence"),
		Applies: func(_ *audit.Env, s *observe.Session) bool { return len(hearings(s)) > 0 },
		Lacks: func(e *audit.Env, s *observe.Session) (missing wording.Text) {
			if s.Devices > 1 || e.Site.IsShared(s.Client) {
				missing = wording.New("session.devices", "a capture on the clients' side of what gives several devices one address")
			}
			return missing
		},
		Breaks: func(e *audit.Env, s *observe.Session, g *audit.Group) bool {
			list := setups(e, hearings(s))
			if float64(len(list)) < e.Value(setupTimes) {
				return false
			}
			for _, b := range list {
				g.Hows.Add(b.what, 1)
				g.Sum("ms", b.silence.Milliseconds())
				g.Extreme("silence", b.silence.Seconds(), wording.Text{})
			}
			g.Sum("times", int64(len(list)))
			return true
		},
		Confidence: func(e *audit.Env, s *observe.Session) record.Confidence {
			if float64(len(setups(e, hearings(s)))) > e.Value(setupTimes) {
				return record.Probable
			}
			return record.Possible
		},
		Keep: func(f *observe.Flow) bool { return f.Function.IsMedia() },
		Cite: audit.Citation{Kind: "packet-range", Fields: transportFields},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("med019.warn", "media of %s of %s in %s was set up anew %s, with %s of silence together (longest %s): %s",
					wording.CountOf(g.Count, session), clients(g), subject(g), wording.Count(g.Sums["times"], "time", "times"),
					wording.Seconds(float64(g.Sums["ms"])/1e3), wording.Seconds(g.Worst["silence"].Value), howOften(g)),
				Expected: wording.New("med019.expected", "one media path for the call, or a change without a break"),
				Actual:   wording.New("med019.actual", "%s", wording.Count(g.Sums["times"], "break", "breaks")),
			}, true
		},
	},
}

// hearing is the audio to the client in one flow.
type hearing struct {
	flow       *observe.Flow
	begin, end record.Time // of that audio
}

// hearings are the flows of a session with audio to the client, by its beginning.
func hearings(s *observe.Session) (list []hearing) {
	for i := range s.Flows {
		h := hearing{flow: &s.Flows[i]}
		for _, m := range s.Flows[i].Streams {
			if m.Kind != "audio" || m.Upstream {
				continue
			}
			if h.begin.IsZero() || m.StartTime < h.begin {
				h.begin = m.StartTime
			}
			h.end = max(h.end, m.EndTime)
		}
		if !h.begin.IsZero() {
			list = append(list, h)
		}
	}
	slices.SortStableFunc(list, func(a, b hearing) int { return int(min(max(a.begin-b.begin, -1), 1)) })
	return list
}

// setup is one break between two hearings.
type setup struct {
	silence time.Duration
	what    string
}

// setups are the breaks: audio that begins in a flow opened after the audio before has ended, so long after it.
func setups(e *audit.Env, list []hearing) (breaks []setup) {
	for i := 1; i < len(list); i++ {
		h, before := list[i], list[i-1]
		for _, b := range list[:i-1] {
			if b.end > before.end {
				before = b
			}
		}
		silence := h.begin.Sub(before.end)
		if silence.Seconds() < e.Value(setupSilence) || h.flow.StartTime <= before.flow.StartTime {
			continue
		}
		breaks = append(breaks, setup{silence, pathChange(before.flow, h.flow)})
	}
	return breaks
}

// pathChange says what the new path has and the old had not.
func pathChange(before, after *observe.Flow) string {
	switch {
	case before.Transport != after.Transport:
		return fmt.Sprintf("from %s to %s", before.Transport, after.Transport)
	case before.Server().Addr() != after.Server().Addr():
		return "to another node"
	case before.Server() != after.Server():
		return "to another port of the node"
	}
	return "from another source port to the same node"
}
