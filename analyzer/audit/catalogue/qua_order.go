package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	reorderedShare = audit.NewLimit("WXA-QUA-012.max_percent", "%", 5, 1, 0.5, 0, 100, "ours", "share of packets that come after a later one")
)

var qua012 = &audit.Rule{
	ID: "WXA-QUA-012", Title: "Media packets out of order", Severity: record.Low,
	Doc: audit.Doc{
		What: "Packets of a media stream overtake each other.",
		Why:  "The receiver waits for the late ones, which is delay, or drops them, which is loss.",
		Trigger: "More than max_percent of the packets of an audio, video or share stream over UDP come after " +
			"a packet with a higher RTP sequence number.",
		LookAlikes: "A sensor with several queues or interfaces can reorder on its own: then TCP in the same " +
			"capture is out of order as well, the finding is only possible there. Copies are not " +
			"counted. A restart of the numbering is none.",
		Verify: "Wireshark: Telephony > RTP > Stream Analysis; rows whose sequence number falls; compare " +
			"with `tcp.analysis.out_of_order`.",
	},
	Remediation: "Look for load sharing by packet over unequal links, and for SD-WAN that duplicates or sprays " +
		"packets.",
	Refs:       []string{"RFC 4737", "RFC 3550 section 6.4.1"},
	Rows:       []string{"payload_types", "prefixes"},
	Needs:      []string{"media_stream"},
	Thresholds: []*audit.Limit{classifiedFrom, classifiedFor, reorderedShare},
	Reads:      audit.ReadAll,
	Judge:      audit.Custom(beginReordered),
}

// reordered grades streams by order. Beside it it counts TCP of all flows: where that is out of order as well the
// sensor may be to blame.
type reordered struct {
	audit.Fold
	packets, late int64
}

func beginReordered(e *audit.Env) audit.Fold {
	r := &reordered{}
	r.Fold = graded{
		of: mediaStream, pass: wording.New("qua012.pass", "packets come in order"), field: "reordered",
		applies: func(_ *audit.Env, m *observe.Stream) bool { return overUDP(m) },
		grade: func(e *audit.Env, m *observe.Stream) grade {
			pct := percent(m.Reordered, m.Packets)
			return grade{value: pct, poor: pct > e.Value(reorderedShare), text: wording.New("qua012.of", "%d of %d", m.Reordered, m.Packets)}
		},
		report: r.verdict,
	}.perStream().Begin(e)
	return r
}

// Add implements audit.Fold.
func (r *reordered) Add(f *observe.Flow) {
	if f.TCP != nil {
		r.packets += f.PacketsFwd + f.PacketsRev
		r.late += f.TCP.OutOfOrder
	}
	r.Fold.Add(f)
}

// Merge implements audit.Fold.
func (r *reordered) Merge(other audit.Fold) {
	o := other.(*reordered)
	r.packets, r.late = r.packets+o.packets, r.late+o.late
	r.Fold.Merge(o.Fold)
}

func (r *reordered) verdict(s *audit.Scope, g *audit.Group) audit.Verdict {
	worst, limit := g.Worst["worst"], s.Value(reorderedShare)
	conf := record.Confirmed
	if percent(r.late, r.packets) > limit {
		conf = record.Possible
	}
	return audit.Verdict{
		State: record.Warn, Confidence: conf,
		Summary: wording.New("qua012.warn", "%s had more than %s of the packets out of order (worst: %s, %s)", poorStreams(g),
			wording.Percent(limit), wording.Percent(worst.Value), worst.Of),
		Expected: wording.New("qua012.expected", "at most %s out of order", wording.Percent(limit)),
		Actual:   wording.New("qua012.actual", "%s at worst", wording.Percent(worst.Value)),
	}
}
