package catalogue

import (
	"fmt"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	deadPackets = audit.NewLimit("WXA-MED-006.max_packets", "packets", 20, 10, 10, 0, 1e6, "ours: a handshake and its repetitions",
		"maximum number of packets back beside STUN of a flow that never came to life")
	deadSeconds = audit.NewLimit("WXA-MED-006.min_seconds", "s", 5, 3, 3, 1, 3600, "ours: audio comes 50 times a second",
		"minimum silence of the node at the end while the client sends")
	deadSent = audit.NewLimit("WXA-MED-006.min_sent", "packets", 50, 20, 10, 1, 1e6, "ours: less than half a second of audio proves nothing",
		"minimum number of packets of the client beside STUN")
)

var med006 = &audit.Rule{
	ID: "WXA-MED-006", Title: "UDP starts, then dies", Severity: record.High, Version: "2",
	Plain: "UDP was answered at first and then died (%s)",
	Doc: audit.Doc{
		What: "Media nodes answer over UDP, but the media itself gets nothing back, or no longer, and the call goes " +
			"on over TCP or TLS.",
		Why: "Connectivity checks pass and the call still falls back: a device on the way lets STUN through and " +
			"drops what follows, or ends the UDP session while it is in use. Users hear a break and then the quality " +
			"of TCP.",
		Trigger: "A UDP flow of a call whose STUN was answered and on which the client sent min_sent or more packets " +
			"beside STUN, with at most max_packets back, or with nothing back for the last min_seconds while the " +
			"client sent on; and the client's media over TCP or TLS begins afterwards and lasts " +
			"WXA-MED-001.min_seconds; from short_seconds on it is possible.",
		LookAlikes: "UDP without any answer is WXA-MED-004's. A call that never leaves UDP, silent or not, is " +
			"WXA-MED-010's. A client that ends UDP itself stops sending when the node does. Where only one direction " +
			"is visible nothing is judged.",
		Verify: "Wireshark: `ip.addr == CLIENT && ip.addr == NODE && udp`: STUN answers at its beginning, then " +
			"packets of the client only; then the conversation on 5004 or 443 over TCP.",
	},
	Remediation: "Look at the firewall's session and application rules for UDP (DPI, DoS protection, session " +
		"time-out) towards the media subnets.",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: media transport order", "RFC 7675 (consent freshness)"},
	Rows:       []string{"ports-meetings", "prefixes", "stun"},
	Needs:      []string{"session", "flow with stun", "media_stream", "both directions"},
	Thresholds: []*audit.Limit{mediaSeconds, shortSeconds, deadPackets, deadSeconds, deadSent},
	Judge: audit.PerSession{
		Of:     wording.Noun{One: "session with UDP answered", Many: "sessions with UDP answered"},
		Pass:   wording.New("med006.pass", "media stays on UDP, or left it for another reason"),
		Absent: wording.New("med006.absent", "no session of media to nodes that answered over UDP"),
		Applies: func(_ *audit.Env, s *observe.Session) bool {
			return s.UDP != nil && s.UDP.Answered > 0 && s.Transport != record.None
		},
		Lacks: func(_ *audit.Env, s *observe.Session) (missing wording.Text) {
			if !s.Sees {
				missing = wording.New("directions", "both directions of the client's traffic")
			}
			return missing
		},
		Breaks: func(e *audit.Env, s *observe.Session, g *audit.Group) (dead bool) {
			from, seconds := fellBack(s.Session)
			if from == 0 || seconds < e.Value(shortSeconds) {
				return false
			}
			for i := range s.Flows {
				f := &s.Flows[i]
				if f.StartTime > from || from.Sub(f.EndTime) > lately {
					continue
				}
				if down, quiet, d := death(e, f); d {
					dead = true
					g.Flow(e, f, &deathCitation)
					g.Host(f.Server().String())
					g.Extreme("packets", float64(down), wording.Text{})
					g.Extreme("quiet", quiet.Seconds(), wording.Text{})
				}
			}
			return dead
		},
		Confidence: func(e *audit.Env, s *observe.Session) record.Confidence {
			if _, seconds := fellBack(s.Session); seconds < e.Value(mediaSeconds) {
				return record.Possible
			}
			return record.Probable
		},
		Keep: func(*observe.Flow) bool { return false }, // Breaks has added those that died
		Cite: deathCitation,
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			v := audit.Verdict{
				State: record.Fail,
				Summary: wording.New("med006.fail", "UDP of %s of %s in %s was answered, then died (at most %s from the cloud, up to %s of silence while the client "+
					"sent on), and media went over TCP or TLS", wording.CountOf(g.Count, session), clients(g), subject(g),
					wording.Count(int64(g.Worst["packets"].Value), "packet", "packets"), wording.Seconds(g.Worst["quiet"].Value)),
				Expected: wording.New("med006.expected", "media over UDP for the whole call"),
				Actual:   wording.New("med006.actual", "silence for up to %s, then TCP or TLS", wording.Seconds(g.Worst["quiet"].Value)),
			}
			if g.Count > 1 && g.Confidence == record.Probable {
				v.Confidence = record.Confirmed
			}
			return v, true
		},
	},
}

// fellBack is when the session's media began over TCP or TLS for good, and for how long it was there; 0 where it did
// not.
func fellBack(s *record.Session) (from record.Time, seconds float64) {
	for _, t := range s.Transports {
		if observe.OverTCP(t.Transport) {
			if from == 0 {
				from = t.StartTime
			}
			seconds += t.Seconds
		}
	}
	if !observe.OverTCP(s.Transport) {
		return 0, 0
	}
	return from, seconds
}

// death is how a UDP flow of media ended while the client still sent: what came back beside STUN, and for how long
// nothing did.
func death(e *audit.Env, f *observe.Flow) (down int64, quiet time.Duration, dead bool) {
	if f.Proto != "udp" || f.STUN == nil || f.STUN.Answered == 0 {
		return 0, 0, false
	}
	up := f.Up().Packets - f.STUN.Requests - f.STUN.Retries
	down = max(f.Down().Packets-f.STUN.Answered, 0)
	heard, sent := f.STUN.LastAnswer, record.Time(0)
	for _, m := range f.Streams {
		if m.Upstream {
			sent = max(sent, m.EndTime)
		} else {
			heard = max(heard, m.EndTime)
		}
	}
	if sent == 0 {
		sent = f.EndTime
	}
	quiet = sent.Sub(heard)
	never := float64(down) <= e.Value(deadPackets)
	ended := !heard.IsZero() && quiet.Seconds() >= e.Value(deadSeconds)
	return down, quiet, float64(up) >= e.Value(deadSent) && (never || ended)
}

// lately is how long before the fallback a UDP flow may have ended to belong to it.
const lately = 2 * time.Minute

var deathCitation = audit.Citation{Kind: "packet-range", Largest: true, Fields: func(f *observe.Flow) map[string]string {
	return map[string]string{"packets_from_client": fmt.Sprint(f.Up().Packets), "packets_to_client": fmt.Sprint(f.Down().Packets),
		"stun_answers": fmt.Sprint(f.STUN.Answered), "last_stun_answer": f.STUN.LastAnswer.String()}
}}
