package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var qua008 = &audit.Rule{
	ID: "WXA-QUA-008", Title: "Side on which media was lost", Severity: record.Info, Version: "2",
	Doc: audit.Doc{
		What: "Which side of the capture point the loss of a call lies on: between it and the client, or between it and the cloud.",
		Why: "It halves the search. What is lost before the capture point shows here as gaps; what is lost behind it only the " +
			"receivers know, and where they tell in clear no second capture is needed. A remark of severity info: the loss itself " +
			"is WXA-QUA-001's and 004's.",
		Trigger: "Calls of which both ends report in clear what they received, in reports that prove themselves (client_side and " +
			"cloud_side of the session), with WXA-QUA-004.loss_percent or more of the packets lost on one side or on both; of " +
			"bounds the lower counts.",
		LookAlikes: "What the capture lost itself has no side, nor have numbers that a sender never sent; both are taken off. " +
			"A receiver that does not report in clear (SRTCP, the rule with browsers) may have lost more: not observed, and not " +
			"assessable where only one end tells. " + beforeRepairShort,
		Verify: "Wireshark: Telephony > RTP > RTP Streams, column Lost, for each direction; `rtcp.ssrc.fraction > 0` for what " +
			"receivers say of all the way.",
	},
	Remediation: "Look at the named side; capture a second time on its far end to narrow it down.",
	Refs:        []string{"RFC 3550 section 6.4.1"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"session with client_side and cloud_side"},
	Thresholds:  []*audit.Limit{bandLoss},
	Under:       []audit.Root{{Rule: "WXA-QUA-001"}, {Rule: "WXA-QUA-004"}, {Rule: "WXA-QUA-019"}},
	Judge: audit.PerSession{
		Of:     toldCall,
		Pass:   wording.New("qua008.pass", "neither side of the capture point lost packets worth mention"),
		Absent: wording.New("qua008.absent", "no call whose receivers tell in clear what they lost"),
		Applies: func(_ *audit.Env, s *observe.Session) bool {
			return s.ClientSide != nil && s.CloudSide != nil && (tellsAll(s.ClientSide) || tellsAll(s.CloudSide))
		},
		Lacks: func(e *audit.Env, s *observe.Session) (missing wording.Text) {
			limit := e.Value(bandLoss)
			for _, x := range []*record.Stretch{s.ClientSide, s.CloudSide} {
				switch low, high := stretchLoss(x); {
				case !tellsAll(x):
					return wording.New("qua008.missing", "reports of both ends: %s", x.Unknown)
				case low < limit && high >= limit:
					missing = captureMay
				}
			}
			return missing
		},
		Breaks: func(e *audit.Env, s *observe.Session, g *audit.Group) bool {
			limit := e.Value(bandLoss)
			client, _ := stretchLoss(s.ClientSide)
			cloud, _ := stretchLoss(s.CloudSide)
			if client < limit && cloud < limit {
				return false
			}
			g.Sum(toldStreams, 1)
			g.Sum(clientOut, *s.ClientSide.Packets)
			g.Sum(clientLost, *s.ClientSide.LostLow)
			g.Sum(cloudOut, *s.CloudSide.Packets)
			g.Sum(cloudLost, *s.CloudSide.LostLow)
			return true
		},
		Keep: func(f *observe.Flow) bool { return f.Function.IsMedia() },
		Cite: audit.Citation{Kind: "interval-series", Largest: true, Fields: qualityFields},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("qua008.warn", "%d of %s of %s in %s lost packets %s; %s", g.Count,
					wording.Count(g.Judged, "call", "calls"), clients(g), subject(g), sideText(g), whereLost(g)),
				Expected:    wording.New("qua008.expected", "less than %s lost on each side", wording.Percent(s.Value(bandLoss))),
				Actual:      whereLost(g),
				Remediation: lookAtSide(g),
			}, true
		},
	},
}

var toldCall = wording.Noun{One: "call whose receivers tell what they lost", Many: "calls whose receivers tell what they lost"}

// tellsAll reports whether the losses of both directions are known on a side.
func tellsAll(x *record.Stretch) bool {
	return x.Unknown == "" && x.Packets != nil && *x.Packets > 0 && x.LostLow != nil && x.LostHigh != nil
}

// stretchLoss is the share of packets lost on a side, in percent: for sure and at most.
func stretchLoss(x *record.Stretch) (low, high float64) {
	if !tellsAll(x) {
		return 0, 0
	}
	return percent(*x.LostLow, *x.Packets), percent(*x.LostHigh, *x.Packets)
}

// sideText names the side with most of a group's loss.
func sideText(g *audit.Group) wording.Text {
	client, cloud := float64(g.Sums[clientLost]), float64(g.Sums[cloudLost])
	switch all := client + cloud; {
	case client >= mostOnSide*all:
		return wording.New("qua008.client", "on the clients' side of the capture point")
	case cloud >= mostOnSide*all:
		return wording.New("qua008.cloud", "on the cloud's side of the capture point")
	}
	return wording.New("qua008.both", "on both sides of the capture point")
}
