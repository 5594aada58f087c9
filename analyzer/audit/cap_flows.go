package audit

import (
	"fmt"
	"net/netip"
	"strconv"

	"webexaudit/analyzer/record"
)

var cap004 = &Rule{
	ID: "WXA-CAP-004", Title: "Only one direction visible", Severity: record.High,
	Doc: Doc{
		What:       "Of many Webex flows the capture holds only what one side sent, although the other side must have answered.",
		Why:        "Where one direction is missing, an unanswered request means nothing. Rules that conclude from silence (blocked UDP, one-way media, blocked names) are then not assessable.",
		Trigger:    "At least min_flows Webex flows, and more than max_percent of the judged ones, lack a direction. Judged are flows with packets in both directions and flows whose one direction proves the other: TCP with payload, media that goes on although its STUN checks show no answer, media from the cloud without anything from the client.",
		LookAlikes: "A firewall that blocks UDP leaves requests without answers: these are not counted, nor are SYNs without an answer. RTP without STUN (Webex Calling to a gateway) may truly be one-way and is WXA-MED-010's.",
		Verify:     "Wireshark: Statistics > Conversations, tab TCP: rows where Packets A to B or B to A is 0 while bytes flow. In the packet list of such a row `tcp.analysis.ack_lost_segment` shows acknowledgments of segments that are not there.",
	},
	Remediation: "Mirror both directions, or add the second link: with asymmetric routing or load sharing the answers take another way.",
	Needs:       []string{"flow", "media_stream"},
	Limits:      []string{"WXA-CAP-004.max_percent", "WXA-CAP-004.min_flows", "WXA-CAP-004.min_media_packets", "WXA-CAP-004.min_packets"},
	Check: func(p *Pass) {
		s := p.oneSided
		o := outcome{unit: "Webex flow", seen: len(p.webex), judged: s.judged, pass: "both directions are visible",
			missing: "flows whose answers must exist: capture for longer, or with the TCP connections of the clients"}
		if s.bad {
			c := newCause(record.Subject{Kind: "capture", Key: "capture"})
			for _, f := range s.flows {
				c.flow(f)
			}
			c.count, c.confidence = int64(len(s.flows)), record.Confirmed
			if len(s.flows) == s.judged {
				c.confidence = record.Probable // nothing shows both directions: the trace may have been filtered so
			}
			p.report(c, verdict{state: record.Fail,
				summary:  fmt.Sprintf("%d of %d judged Webex flows (%s) lack a direction that must exist", len(s.flows), s.judged, share(percent(len(s.flows), s.judged))),
				expected: "at most " + share(p.limit("max_percent")), actual: share(percent(len(s.flows), s.judged)),
				evidence: p.cite("packet-range", c.largest(), func(f *record.Flow) map[string]string {
					m := map[string]string{"packets_fwd": strconv.FormatInt(f.PacketsFwd, 10), "packets_rev": strconv.FormatInt(f.PacketsRev, 10)}
					if len(f.VLAN) > 0 {
						m["vlan"] = fmt.Sprint(f.VLAN)
					}
					return m
				})})
		}
		p.conclude(o)
	},
}

// sidedness is how many Webex flows lack a direction that must exist.
type sidedness struct {
	judged int
	flows  []*record.Flow
	bad    bool
}

func (f *facts) sides() sidedness {
	var s sidedness
	for _, fl := range f.webex {
		switch {
		case fl.PacketsFwd > 0 && fl.PacketsRev > 0:
			s.judged++
		case f.mustAnswer(fl):
			s.judged++
			s.flows = append(s.flows, fl)
		}
	}
	s.bad = float64(len(s.flows)) >= f.value("WXA-CAP-004.min_flows") &&
		percent(len(s.flows), s.judged) > f.value("WXA-CAP-004.max_percent")
	return s
}

// mustAnswer reports whether a flow with one direction proves that the other exists.
func (f *facts) mustAnswer(fl *record.Flow) bool {
	packets := float64(fl.PacketsFwd + fl.PacketsRev)
	switch fl.Proto {
	case "tcp":
		return fl.PayloadBytesFwd+fl.PayloadBytesRev > 0 && packets >= f.value("WXA-CAP-004.min_packets")
	case "udp":
		if fl.Up().Packets == 0 {
			return packets >= f.value("WXA-CAP-004.min_media_packets")
		}
		// ICE sends media only after an answer: media beside unanswered checks proves answers on another way.
		var media int64
		for _, m := range f.streamsOf[fl.FlowID] {
			media += m.Packets
		}
		return fl.STUN != nil && fl.STUN.Requests > 0 && float64(media) >= f.value("WXA-CAP-004.min_media_packets")
	}
	return false
}

var cap006 = &Rule{
	ID: "WXA-CAP-006", Title: "Flows joined mid-way", Severity: record.Info,
	Doc: Doc{
		What:       "The beginning of many Webex flows is not in the capture.",
		Why:        "Names, certificates, proxy requests and the first connectivity checks stand at the beginning. Without it the reason for a fallback or an inspection cannot be told.",
		Trigger:    "More than max_percent of the Webex flows begin without SYN (TCP) or without a STUN request (UDP media). A remark of severity info.",
		LookAlikes: "A flow that was cut in two by a time limit of the analysis is one flow: its second part does not count. RTP of Webex Calling to a gateway uses no STUN and does not count either.",
		Verify:     "Wireshark: `tcp.flags.syn == 1` within the conversation; none means joined mid-way.",
	},
	Remediation: "Start the capture before the client starts or the meeting is joined.",
	Needs:       []string{"flow"},
	Limits:      []string{"WXA-CAP-006.max_percent"},
	Check:       joinedMidway,
}

func joinedMidway(p *Pass) {
	o := outcome{unit: "Webex flow", pass: "the beginning of the flows is in the capture", missing: "TCP connections or UDP media with STUN"}
	c := newCause(record.Subject{Kind: "run", Key: "all"})
	seen := map[string]bool{}
	for _, f := range p.webex {
		o.seen++
		continued := seen[f.CommunityID] && f.CommunityID != ""
		seen[f.CommunityID] = true
		tcp := f.Proto == "tcp" && f.TCP != nil
		udp := f.Proto == "udp" && f.Function.IsMedia() && f.Service != record.Calling
		if continued || !tcp && !udp {
			continue
		}
		o.judged++
		if tcp && f.TCP.SYN == 0 || udp && (f.STUN == nil || f.STUN.Requests == 0) {
			c.flow(f)
			c.count++
			c.n[f.Proto]++
		}
	}
	if pct := percent(len(c.flows), o.judged); pct > p.limit("max_percent") {
		c.confidence = record.Confirmed
		p.report(c, verdict{state: record.Warn,
			summary:  fmt.Sprintf("the beginning of %d of %d Webex flows (%s) is not in the capture: %d TCP, %d UDP media", len(c.flows), o.judged, share(pct), c.n["tcp"], c.n["udp"]),
			expected: "at most " + share(p.limit("max_percent")), actual: share(pct), evidence: p.cite("packet-range", c.flows, nil)})
	}
	p.conclude(o)
}

var cap009 = &Rule{
	ID: "WXA-CAP-009", Title: "Place of the capture unknown or contradictory", Severity: record.Medium,
	Doc: Doc{
		What:       "Neither the operator nor the capture says where it was taken, or the two contradict each other.",
		Why:        "Marks and source ports mean something else before and after the enterprise's edge. Without the place the QoS rules are not assessable.",
		Trigger:    "The vantage is unknown, or a declared one is contradicted by the clients' addresses and TTLs.",
		LookAlikes: "A guessed vantage passes; the finding of a rule that rests on it carries less confidence.",
		Verify:     "Wireshark: are the Webex clients' addresses private (RFC 1918)? Is the TTL of their packets 64, 128 or 255, as captured on their own segment, or lower, that is routed: `ip.src == CLIENT && !(ip.ttl in {64, 128, 255})`?",
	},
	Remediation: "Pass --vantage access, inside, wan, dmz, proxy-inside, proxy-outside or mesh, or write vantage: into the site file.",
	Needs:       []string{"run", "flow"},
	Check: func(p *Pass) {
		o := outcome{unit: "capture", absent: "no Webex traffic in this capture"}
		if len(p.webex) > 0 {
			o.seen, o.judged, o.pass = 1, 1, "captured at "+p.vantage.value+": "+p.vantage.reason
			declared := p.set.Run != nil && p.set.Run.Vantage.Declared
			if p.vantage.value == "unknown" || declared && p.vantage.confidence == record.Possible {
				c := newCause(record.Subject{Kind: "run", Key: "all"})
				c.count, c.confidence = 1, record.Confirmed
				p.report(c, verdict{state: record.Warn, summary: "the place of the capture is " + p.vantage.value + ": " + p.vantage.reason,
					expected: "a declared vantage that the capture agrees with", actual: p.vantage.value,
					evidence: p.cite("packet-range", oneOfEachClient(p.webex), func(f *record.Flow) map[string]string {
						m := map[string]string{"client": f.ClientAddr().String()}
						if ttl := f.Up().TTL; ttl != nil {
							m["ttl"] = strconv.Itoa(*ttl)
						}
						return m
					})})
			}
		}
		p.conclude(o)
	},
}

// oneOfEachClient is the first flow of each client.
func oneOfEachClient(flows []*record.Flow) (list []*record.Flow) {
	seen := map[netip.Addr]bool{}
	for _, f := range flows {
		if c := f.ClientAddr(); !seen[c] {
			seen[c] = true
			list = append(list, f)
		}
	}
	return list
}
