package audit

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
)

var cap001 = &Rule{
	ID: "WXA-CAP-001", Title: "Sensor dropped packets", Severity: record.High,
	Doc: Doc{
		What:       "The capturing machine itself lost packets: the kernel's buffer or the interface overflowed.",
		Why:        "Packets that the sensor lost look like packets that the network lost. Loss figures of the media are then worthless, and so are rules that conclude from silence.",
		Trigger:    "Kernel and interface drops together exceed max_percent of all packets that arrived at the sensor. The counters come from the statistics block of a pcapng file or from the live capture.",
		LookAlikes: "A file without counters says nothing: the rule is then not assessable, never passed. Packets lost on the way to the sensor are WXA-CAP-002.",
		Verify:     "Wireshark: Statistics > Capture File Properties, table Interfaces, column Dropped packets.",
	},
	Remediation: "Capture with a larger buffer (-B), a capture filter for the clients in question, or fewer interfaces; write to a faster disk.",
	Refs:        []string{"pcapng Interface Statistics Block: isb_ifdrop, isb_osdrop"},
	Needs:       []string{"capture_health with kernel_drops or interface_drops"},
	Limits:      []string{"WXA-CAP-001.max_percent"},
	Check: func(p *Pass) {
		o := outcome{unit: "capture", pass: "the sensor kept up",
			missing: "drop counters of the sensor: a live capture, or a pcapng file with an interface statistics block"}
		for _, h := range p.health {
			drops, known := sensorDrops(h)
			o.seen++
			if !known {
				continue
			}
			o.judged++
			if pct := percent(drops, h.Packets+drops); pct > p.limit("max_percent") {
				c := p.captureCause(h, drops)
				p.report(c, verdict{state: record.Fail,
					summary:  fmt.Sprintf("the sensor dropped %s of the packets it received (%d of %d)", share(pct), drops, h.Packets+drops),
					expected: "at most " + share(p.limit("max_percent")) + " dropped", actual: share(pct) + " dropped",
					evidence: []record.Evidence{counters(h, "kernel_drops", h.KernelDrops, "interface_drops", h.InterfaceDrops)}})
			}
		}
		p.conclude(o)
	},
}

// sensorDrops sums the counters that are known.
func sensorDrops(h *record.CaptureHealth) (drops int64, known bool) {
	for _, c := range []*int64{h.KernelDrops, h.InterfaceDrops} {
		if c != nil {
			drops, known = drops+*c, true
		}
	}
	return drops, known
}

// captureCause is about one capture: named by its interface, else plainly "capture" where there is only one, so that the
// fingerprint does not depend on a file name.
func (p *Pass) captureCause(h *record.CaptureHealth, n int64) *cause {
	key := "capture"
	switch {
	case h.Interface != "":
		key = h.Interface
	case len(p.health) > 1:
		key = path.Base(h.File) // where the file lay is no part of what is wrong
	}
	c := newCause(record.Subject{Kind: "capture", Key: key})
	c.count, c.confidence = n, record.Confirmed
	c.span(h.StartTime, h.EndTime)
	return c
}

// counters cites counters: pairs of a name and a value, int64 or *int64; what is not known is left out.
func counters(h *record.CaptureHealth, pairs ...any) record.Evidence {
	e := record.Evidence{Kind: "counter", File: h.File, Time: h.EndTime, Fields: map[string]string{"packets": strconv.FormatInt(h.Packets, 10)}}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		switch v := pairs[i+1].(type) {
		case int64:
			e.Fields[name] = strconv.FormatInt(v, 10)
		case *int64:
			if v != nil {
				e.Fields[name] = strconv.FormatInt(*v, 10)
			}
		}
	}
	return e
}

var cap002 = &Rule{
	ID: "WXA-CAP-002", Title: "Packets lost on the way to the sensor", Severity: record.High,
	Doc: Doc{
		What:       "The mirror path (SPAN, ERSPAN, GRE) or the file lacks packets that demonstrably arrived at their receiver.",
		Why:        "A receiver that acknowledges bytes the capture never saw proves that the capture is incomplete. Media loss is then not assessable: nobody can say whether the network or the mirror lost a packet.",
		Trigger:    "Sequence gaps of the mirror's tunnel exceed max_gap_percent of the packets, or acknowledged but unseen TCP bytes exceed max_unseen_percent of all TCP bytes, or the lower bound of the capture's estimated loss (capture_loss_low) exceeds max_unseen_percent: few TCP bytes, but unseen ones in several flows, or one and the same rate of media loss for all clients in both directions.",
		LookAlikes: "Where whole directions are missing (WXA-CAP-004) unseen bytes prove nothing about the mirror: not assessable. A file cut down with a display filter shows the same picture as a bad mirror, and its loss figures are as worthless.",
		Verify:     "Wireshark: `tcp.analysis.ack_lost_segment`, which is \"ACKed segment that wasn't captured\"; compare with Statistics > Capture File Properties.",
	},
	Remediation: "Reduce the oversubscription of the SPAN session (fewer sources, one direction per port), or use a TAP. Do not filter the file before the audit.",
	Refs:        []string{"RFC 2890 (GRE sequence numbers)"},
	Needs:       []string{"capture_health", "TCP traffic in both directions, or a mirror tunnel with sequence numbers"},
	Limits:      []string{"WXA-CAP-002.max_gap_percent", "WXA-CAP-002.max_unseen_percent", "WXA-CAP-002.min_tcp_bytes"},
	Check: func(p *Pass) {
		o := outcome{unit: "capture", pass: "hardly a packet is missing by TCP and tunnel sequence numbers",
			missing: "a record of the capture's health"}
		for _, h := range p.health {
			o.seen++
			m := p.facts.mirror(h)
			if !m.known {
				o.missing = m.missing
				continue
			}
			o.judged++
			if m.bad() {
				c := p.captureCause(h, m.count(h))
				p.report(c, verdict{state: record.Fail, summary: "the capture lacks packets: " + m.text(),
					expected: fmt.Sprintf("at most %s of the tunnel's packets and %s of TCP bytes unseen", share(m.maxGap), share(m.maxUnseen)),
					actual:   m.text(),
					evidence: []record.Evidence{counters(h, "mirror_lost", h.MirrorLost, "tcp_unseen_bytes", h.TCPUnseenBytes, "tcp_bytes", h.TCPBytes)}})
			}
		}
		p.conclude(o)
	},
}

// mirrored is what can be said of the way to the sensor.
type mirrored struct {
	known             bool
	missing           string  // where it is not known: what it takes
	lost              int64   // packets of the tunnel
	total             string  // what else says that the capture lacks packets
	gap, unseen       float64 // percent
	maxGap, maxUnseen float64
}

func (m mirrored) bad() bool { return m.gap > m.maxGap || m.unseen > m.maxUnseen || m.total != "" }

func (m mirrored) text() string {
	if m.gap > m.maxGap {
		return fmt.Sprintf("%s of the tunnel's packets (%d) are missing by sequence number", share(m.gap), m.lost)
	}
	if m.unseen <= m.maxUnseen {
		return m.total
	}
	return fmt.Sprintf("receivers acknowledged bytes that were never captured: %s of all TCP bytes", share(m.unseen))
}

// count is what text speaks of: packets of the tunnel, bytes, or packets by estimate.
func (m mirrored) count(h *record.CaptureHealth) int64 {
	switch {
	case m.gap > m.maxGap:
		return m.lost
	case m.unseen <= m.maxUnseen && h.LossRate != nil && *h.LossRate < 1:
		return int64(float64(h.Packets) * *h.LossRate / (1 - *h.LossRate))
	}
	return h.TCPUnseenBytes
}

func (f *facts) mirror(h *record.CaptureHealth) mirrored {
	m := mirrored{maxGap: f.value("WXA-CAP-002.max_gap_percent"), maxUnseen: f.value("WXA-CAP-002.max_unseen_percent")}
	if h.MirrorLost != nil {
		m.known, m.lost = true, *h.MirrorLost
		m.gap = percent(m.lost, h.Packets+m.lost)
	}
	switch least := f.value("WXA-CAP-002.min_tcp_bytes"); {
	case f.oneSided.bad:
		m.missing = "both directions of the traffic (only one is visible, WXA-CAP-004), or a mirror tunnel with sequence numbers"
	case h.TCPBytes == 0:
		m.missing = "TCP payload, or a mirror tunnel with sequence numbers"
	case float64(h.TCPBytes) < least:
		m.missing = fmt.Sprintf("at least %s of TCP payload (there are %s), or a mirror tunnel with sequence numbers", volume(int64(least)), volume(h.TCPBytes))
	default:
		m.known = true
		m.unseen = percent(h.TCPUnseenBytes, h.TCPBytes+h.TCPUnseenBytes)
	}
	if drops, _ := sensorDrops(h); !h.LossAssessable && h.LossLow != nil && *h.LossLow*100 > max(m.maxUnseen, percent(drops, h.Packets+drops)) {
		m.known = true
		m.total = fmt.Sprintf("an estimated %s of all packets (%s to %s; %s)", share(*h.LossRate*100), share(*h.LossLow*100), share(*h.LossHigh*100),
			strings.Join(h.LossEvidence, "; "))
	}
	return m
}

// judgeLoss is the reason why a gap in the media cannot be called network loss, or "". Where the streams have bounds, what the mirror lost has
// been told apart by its place, and capture_health says whether that was enough.
func (f *facts) judgeLoss() string {
	if len(f.health) == 0 {
		return "no record of the capture's health"
	}
	placed := slices.ContainsFunc(f.streams, func(m *record.MediaStream) bool { return m.LostLow != nil })
	for _, h := range f.health {
		drops, _ := sensorDrops(h)
		switch {
		case placed && h.LossAssessable:
		case percent(drops, h.Packets+drops) > f.value("WXA-CAP-001.max_percent"):
			return "the sensor dropped packets itself (WXA-CAP-001): repeat the capture without drops"
		case f.mirror(h).bad():
			return "the capture lacks packets (WXA-CAP-002): repeat it with a TAP or a mirror that is not oversubscribed"
		case !h.LossAssessable:
			return "the capture's health does not allow it (capture_health.loss_assessable): repeat the capture"
		}
	}
	return ""
}

var cap003 = &Rule{
	ID: "WXA-CAP-003", Title: "Duplicate packets in the feed", Severity: record.Medium,
	Doc: Doc{
		What:       "The same packet reaches the sensor more than once, as a rule because both sides of a switch are mirrored.",
		Why:        "Copies double rates and confuse loss, retransmission and mark statistics. They are removed before the analysis; the rule says that the feed needs mending.",
		Trigger:    "More than max_percent of the packets are copies of one seen a few milliseconds before.",
		LookAlikes: "TCP retransmissions are no copies: they differ in the IP identification or come later. Packets captured on two sides of a router differ in the TTL and may not be recognised.",
		Verify:     "Wireshark: within one flow, as `ip.addr == CLIENT && udp.port == 5004`, sort by the column ip.id; editcap -D 100 IN OUT counts and removes copies.",
	},
	Remediation: "Mirror one direction or one side only.",
	Refs:        []string{"editcap(1), -D"},
	Needs:       []string{"capture_health"},
	Limits:      []string{"WXA-CAP-003.max_percent"},
	Check: func(p *Pass) {
		p.conclude(p.healthShare("duplicates", "copies", func(h *record.CaptureHealth) int64 { return h.Duplicates }))
	},
}

var cap005 = &Rule{
	ID: "WXA-CAP-005", Title: "Packets cut short", Severity: record.Medium,
	Doc: Doc{
		What:       "The capture kept so little of some packets that a header the analysis needs is missing.",
		Why:        "Without the headers behind the cut a flow cannot be recognised or measured: names, certificates and RTP sequence numbers disappear.",
		Trigger:    "More than max_percent of the packets are cut inside a header that the analysis needs. Else a warning where packets are cut and more than max_unread_percent of the Webex TLS connections that begin in the capture show neither name nor certificate.",
		LookAlikes: "A short snap length that keeps all headers is a legitimate way to leave out content: packets cut in their payload do not count, as long as names or certificates of TLS connections can be read. Connections joined mid-way have no handshake to read and do not count.",
		Verify:     "Wireshark: `frame.cap_len < frame.len`; the packet details end with \"Packet size limited during capture\".",
	},
	Remediation: "Capture at least 256 bytes of each packet for media statistics and whole packets for TLS handshakes (tcpdump -s 0).",
	Needs:       []string{"capture_health", "for the warning: TLS flows of Webex from their beginning"},
	Limits:      []string{"WXA-CAP-005.max_percent", "WXA-CAP-005.max_unread_percent"},
	Check: func(p *Pass) {
		o := p.healthShare("truncated_need", "cut inside a needed header", func(h *record.CaptureHealth) int64 { return h.TruncatedNeed })
		if len(p.findings) == 0 {
			p.cutHandshakes()
		}
		p.conclude(o)
	},
}

// withPairs adds which networks showed the copies, where those are what was counted.
func withPairs(e record.Evidence, h *record.CaptureHealth) record.Evidence {
	if _, copies := e.Fields["duplicates"]; copies {
		for pair, n := range h.DuplicatePairs {
			e.Fields[pair] = strconv.FormatInt(n, 10)
		}
	}
	return e
}

// healthShare fails each capture whose counter exceeds max_percent of the packets. What it returns is to be concluded.
func (p *Pass) healthShare(name, what string, counter func(*record.CaptureHealth) int64) outcome {
	o := outcome{unit: "capture", pass: "few or no packets are " + what, absent: "no packets"}
	for _, h := range p.health {
		if h.Packets == 0 {
			continue
		}
		o.seen++
		o.judged++
		n := counter(h)
		if pct := percent(n, h.Packets); pct > p.limit("max_percent") {
			p.report(p.captureCause(h, n), verdict{state: record.Fail,
				summary:  fmt.Sprintf("%s of the packets (%d of %d) are %s", share(pct), n, h.Packets, what),
				expected: "at most " + share(p.limit("max_percent")), actual: share(pct),
				evidence: []record.Evidence{withPairs(counters(h, name, n), h)}})
		}
	}
	return o
}
