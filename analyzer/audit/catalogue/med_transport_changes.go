package catalogue

import (
	"fmt"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var flapChanges = audit.NewLimit("WXA-MED-011.min_changes", "changes", 3, 2, 2, 2, 1000, "ours: one change is a fallback",
	"minimum number of changes of a session's transport")

// overlap is how long two transports may carry media together while one takes over from the other.
const overlap = 5 * time.Second

var med011 = &audit.Rule{
	ID: "WXA-MED-011", Title: "Media changes its transport again and again", Severity: record.Low,
	Doc: audit.Doc{
		What:    "In one session media goes from UDP to TCP or TLS and back.",
		Why:     "Each change is a break of seconds; it shows a UDP path that is there and gone.",
		Trigger: "min_changes or more changes of the transport of a session's media, one stretch after the other.",
		LookAlikes: "One change is a fallback (WXA-MED-001 to 003, 006) or the recovery from one. Media of two " +
			"transports at the same time, audio here and share there, is no change. Where several devices share one " +
			"address their sessions may be mixed up and are not judged.",
		Verify: "Wireshark: Statistics > I/O Graphs of the client's media, one line for `ip.src == CLIENT && " +
			"udp.dstport in {5004, 9000}` and one for `ip.src == CLIENT && tcp.dstport in {443, 5004}`: they " +
			"alternate.",
	},
	Remediation: "Find what takes UDP away for a while: fail-over, load sharing over two firewalls, a rate limit on " +
		"UDP.",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: media transport order"},
	Rows:       []string{"ports-meetings", "prefixes"},
	Needs:      []string{"session"},
	Thresholds: []*audit.Limit{flapChanges},
	Judge: audit.PerSession{
		Of:      wording.Noun{One: "session with media", Many: "sessions with media"},
		Pass:    wording.New("med011.pass", "media keeps to a transport, or changes once"),
		Applies: func(_ *audit.Env, s *observe.Session) bool { return len(s.Transports) > 0 },
		Lacks: func(_ *audit.Env, s *observe.Session) (missing wording.Text) {
			if s.Devices > 1 {
				missing = wording.New("session.devices", "a capture on the clients' side of what gives several devices one address")
			}
			return missing
		},
		Breaks: func(e *audit.Env, s *observe.Session, g *audit.Group) bool {
			n := changes(s.Session)
			if float64(n) < e.Value(flapChanges) {
				return false
			}
			g.Extreme("most", float64(n), wording.Text{})
			return true
		},
		Keep: func(f *observe.Flow) bool { return f.Function.IsMedia() },
		Cite: audit.Citation{Kind: "packet-range", Fields: transportFields},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			most := int64(g.Worst["most"].Value)
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("med011.warn", "media of %s of %s in %s changed its transport, up to %s",
					wording.CountOf(g.Count, session), clients(g), subject(g), wording.Count(most, "time", "times")),
				Expected: wording.New("med011.expected", "one transport for a call"),
				Actual:   wording.New("med011.actual", "%s", wording.Count(most, "change", "changes")),
			}, true
		},
	},
}

// changes counts how often the session's media went from one transport to another, one stretch after the other.
func changes(s *record.Session) (n int64) {
	for i, t := range s.Transports[1:] {
		if t.Transport != s.Transports[i].Transport && s.Transports[i].EndTime.Sub(t.StartTime) <= overlap {
			n++
		}
	}
	return n
}

func transportFields(f *observe.Flow) map[string]string {
	return map[string]string{"transport": string(f.Transport), "seconds": fmt.Sprintf("%.1f", f.Lasted().Seconds())}
}
