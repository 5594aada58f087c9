package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var qua009 = &audit.Rule{
	ID: "WXA-QUA-009", Title: "Media quality could not be classified", Severity: record.Info,
	Doc: audit.Doc{
		What: "None of a site's media streams is long enough, or has a known clock rate, to be judged.",
		Why:  "Silence of the quality rules must not be read as good quality. A remark of severity info.",
		Trigger: "Streams of a site or subnet, all of which are shorter than min_seconds or min_packets, of " +
			"unknown kind, or of unknown clock rate.",
		LookAlikes: "Short streams beside long ones are normal (speaker changes, share audio): then the rule " +
			"passes and counts them.",
		Verify: "Wireshark: `rtp && ip.src == CLIENT`; Telephony > RTP > RTP Streams, columns Packets and " +
			"Duration.",
	},
	Remediation: "Capture for longer: at least a minute of the call.",
	Refs:        []string{"Unified CM call quality grades, nfeu3q7: short calls are those under 20 s"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_stream"},
	Thresholds:  []*audit.Limit{classifiedFrom, classifiedFor},
	Version:     "2",
	Judge:       audit.Custom(func(e *audit.Env) audit.Fold { return &unclassified{env: e} }),
}

// unclassified counts streams by what it takes to judge their quality.
type unclassified struct {
	env                      *audit.Env
	good, short, kind, clock int64
}

// Add implements audit.Fold.
func (u *unclassified) Add(f *observe.Flow) {
	if f.Proto != "udp" {
		return
	}
	for i := range f.Streams {
		switch m := &f.Streams[i]; {
		case repairs(m):
		case !longEnough(u.env, m):
			u.short++
		case m.Kind == "unknown" || m.Kind == "":
			u.kind++
		case m.JitterMeanMs == nil:
			u.clock++
		default:
			u.good++
		}
	}
}

// Merge implements audit.Fold.
func (u *unclassified) Merge(other audit.Fold) {
	o := other.(*unclassified)
	u.good, u.short, u.kind, u.clock = u.good+o.good, u.short+o.short, u.kind+o.kind, u.clock+o.clock
}

// Close implements audit.Fold.
func (u *unclassified) Close(s *audit.Scope) {
	all := u.good + u.short + u.kind + u.clock
	s.Conclude(audit.Outcome{Of: mediaStream, Seen: all, Judged: u.good, Pass: wording.New("qua009.pass", "streams were classified"),
		Missing: wording.New("qua009.missing", "streams of 20 s and 100 packets of known kind and clock (%d too short, %d of unknown kind, %d without clock rate)",
			u.short, u.kind, u.clock)})
}
