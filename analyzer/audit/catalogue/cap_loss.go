package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var cap001 = &audit.Rule{
	ID: "WXA-CAP-001", Title: "Sensor dropped packets", Severity: record.High,
	Doc: audit.Doc{
		What: "The capturing machine itself lost packets: the kernel's buffer or the interface overflowed.",
		Why: "Packets that the sensor lost look like packets that the network lost. Loss figures of the " +
			"media are then worthless, and so are rules that conclude from silence.",
		Trigger: "Kernel and interface drops together exceed max_percent of all packets that arrived at the " +
			"sensor. The counters come from the statistics block of a pcapng file or from the live " +
			"capture.",
		LookAlikes: "A file without counters says nothing: the rule is then not assessable, never passed. " +
			"Packets lost on the way to the sensor are WXA-CAP-002.",
		Verify: "Wireshark: Statistics > Capture File Properties, table Interfaces, column Dropped packets.",
	},
	Remediation: "Capture with a larger buffer (-B), a capture filter for the clients in question, or fewer " +
		"interfaces; write to a faster disk.",
	Refs:       []string{"pcapng Interface Statistics Block: isb_ifdrop, isb_osdrop"},
	Needs:      []string{"capture_health with kernel_drops or interface_drops"},
	Thresholds: []*audit.Limit{audit.SensorDrops},
	Judge: audit.Whole(func(s *audit.Scope) {
		o := audit.Outcome{Of: captures, Pass: wording.New("cap001.pass", "the sensor kept up"), Missing: wording.New("cap001.missing",
			"drop counters of the sensor: a live capture, or a pcapng file with an interface statistics block")}
		for _, h := range s.Health {
			drops, known := audit.SensorDropped(h)
			o.Seen++
			if !known {
				continue
			}
			o.Judged++
			pct, limit := percent(drops, h.Packets+drops), s.Value(audit.SensorDrops)
			if pct <= limit {
				continue
			}
			s.Report(captureGroup(s, h, drops), audit.Verdict{
				State: record.Fail,
				Summary: wording.New("cap001.fail", "the sensor dropped %s of the packets it received (%d of %d)",
					wording.Percent(pct), drops, h.Packets+drops),
				Expected: wording.New("cap001.expected", "at most %s dropped", wording.Percent(limit)),
				Actual:   wording.New("cap001.actual", "%s dropped", wording.Percent(pct)),
				Evidence: counters(h, counter{"kernel_drops", h.KernelDrops}, counter{"interface_drops", h.InterfaceDrops}),
			})
		}
		s.Conclude(o)
	}),
}

var lackingFrom = audit.NewLimit("WXA-CAP-002.min_media_packets", "packets", 1000, 1000, 300, 10, 1e9,
	"ours: a few must not decide", "least packets of media that believed reports cover before those that the capture lacks are judged")

var cap002 = &audit.Rule{
	ID: "WXA-CAP-002", Title: "Packets lost on the way to the sensor", Severity: record.High, Version: "2",
	Doc: audit.Doc{
		What: "The mirror path (SPAN, ERSPAN, GRE) or the file lacks packets that demonstrably arrived at " +
			"their receiver.",
		Why: "A receiver that acknowledges bytes the capture never saw proves that the capture is " +
			"incomplete. Media loss is then not assessable: nobody can say whether the network or the " +
			"mirror lost a packet.",
		Trigger: "Sequence gaps of the mirror's tunnel exceed max_gap_percent of the packets, or acknowledged " +
			"but unseen TCP bytes exceed max_unseen_percent of all TCP bytes, or the lower bound of the " +
			"capture's estimated loss (capture_loss_low) exceeds max_unseen_percent: few TCP bytes, but " +
			"unseen ones in several flows, or one and the same rate of media loss for all clients in " +
			"both directions. Else, where receivers report in clear what media they got, and prove it: packets " +
			"that they have for sure and the capture lacks exceed max_unseen_percent of those reported.",
		LookAlikes: "Where whole directions are missing (WXA-CAP-004) unseen bytes prove nothing about the " +
			"mirror: not assessable. A file cut down with a display filter shows the same picture as a " +
			"bad mirror, and its loss figures are as worthless.",
		Verify: "Wireshark: `tcp.analysis.ack_lost_segment`, which is \"ACKed segment that wasn't " +
			"captured\"; compare with Statistics > Capture File Properties.",
	},
	Remediation: "Reduce the oversubscription of the SPAN session (fewer sources, one direction per port), or use " +
		"a TAP. Do not filter the file before the audit.",
	Refs:       []string{"RFC 2890 (GRE sequence numbers)"},
	Needs:      []string{"capture_health", "TCP traffic in both directions, a mirror tunnel with sequence numbers, or media whose receivers report in clear"},
	Thresholds: []*audit.Limit{audit.MirrorGaps, audit.UnseenTCP, lackingFrom, audit.UnseenFrom},
	Under:      []audit.Root{{Rule: "WXA-CAP-011", Same: audit.SameSubject}},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &lacking{env: e, group: audit.NewGroup(record.Subject{Kind: "capture", Key: "capture"})}
	}),
}

// lacking sums up what the capture lacks of media though its receivers have it, by the ledgers of the streams.
type lacking struct {
	env           *audit.Env
	numbers, lost int64
	group         *audit.Group
}

var lackingCitation = audit.Citation{Kind: "interval-series", Largest: true, Fields: func(f *observe.Flow) map[string]string {
	fields := map[string]string{}
	for i := range f.Streams {
		if n := provenLost(&f.Streams[i]); n > 0 {
			fields[fmt.Sprintf("capture_lost_0x%08x", f.Streams[i].SSRC)] = fmt.Sprint(n)
		}
	}
	return fields
}}

// provenLost is how many packets of the stream its receiver has for sure that the capture lacks.
func provenLost(m *observe.Stream) int64 {
	l := m.Ledger
	if l == nil || l.LostBehind == nil {
		return 0
	}
	return max(l.CaptureLost+l.LostBefore-l.LostBeforeHigh, 0)
}

// Add implements audit.Fold.
func (l *lacking) Add(f *observe.Flow) {
	for i := range f.Streams {
		m := &f.Streams[i]
		if m.Ledger == nil || m.Ledger.LostBehind == nil {
			continue
		}
		l.numbers += m.Ledger.Numbers
		if n := provenLost(m); n > 0 {
			l.lost += n
			l.group.Flow(l.env, f, &lackingCitation)
		}
	}
}

// Merge implements audit.Fold.
func (l *lacking) Merge(other audit.Fold) {
	o := other.(*lacking)
	l.numbers, l.lost = l.numbers+o.numbers, l.lost+o.lost
	l.group.Merge(o.group, &lackingCitation)
}

// Close implements audit.Fold.
func (l *lacking) Close(s *audit.Scope) {
	o := audit.Outcome{Of: captures, Pass: wording.New("cap002.pass", "hardly a packet is missing by TCP and tunnel sequence numbers"),
		Missing: wording.New("cap002.missing", "a record of the capture's health")}
	for _, h := range s.Health {
		o.Seen++
		m := s.MirrorLoss(h)
		if !m.Known {
			o.Missing = m.Missing
			continue
		}
		o.Judged++
		if !m.Bad() {
			continue
		}
		s.Report(captureGroup(s, h, m.Count(h)), audit.Verdict{
			State:   record.Fail,
			Summary: wording.New("cap002.fail", "the capture lacks packets: %s", m.Text()),
			Expected: wording.New("cap002.expected", "at most %s of the tunnel's packets and %s of TCP bytes unseen",
				wording.Percent(m.MaxGap), wording.Percent(m.MaxUnseen)),
			Actual: m.Text(),
			Evidence: counters(h, counter{"mirror_lost", h.MirrorLost}, counter{"tcp_unseen_bytes", &h.TCPUnseenBytes},
				counter{"tcp_bytes", &h.TCPBytes}),
		})
	}
	if o.Seen > 0 && float64(l.numbers) >= s.Value(lackingFrom) {
		l.media(s, &o)
	}
	s.Conclude(o)
}

// media judges by what receivers of media have, where nothing else has shown that the capture lacks packets.
func (l *lacking) media(s *audit.Scope, o *audit.Outcome) {
	if o.Judged == 0 {
		o.Pass = wording.New("cap002.pass.media", "the capture has nearly all packets of media that their receivers have")
	}
	o.Judged = o.Seen
	pct, limit := percent(l.lost, l.numbers), s.Value(audit.UnseenTCP)
	if pct <= limit || s.Reported() {
		return
	}
	l.group.Count, l.group.Confidence = l.lost, record.Confirmed
	s.Report(l.group, audit.Verdict{
		State: record.Fail,
		Summary: wording.New("cap002.media", "the capture lacks %s of the packets of media that their receivers have by their own reports (%d of %d)",
			wording.Percent(pct), l.lost, l.numbers),
		Expected: wording.New("cap002.media.expected", "at most %s", wording.Percent(limit)),
		Actual:   wording.New("cap002.media.actual", "%s", wording.Percent(pct)),
	})
}
