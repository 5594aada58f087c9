package audit

import (
	"fmt"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

var qua003 = &Rule{
	ID: "WXA-QUA-003", Title: "Delay is poor", Severity: record.High,
	Doc: Doc{
		What:       "The round trip to the media node that carries the call is so long that Webex itself calls it poor.",
		Why:        "People interrupt each other. The round trip is measured from the capture point: what lies between it and the client comes on top.",
		Trigger:    "The median STUN round trip of a flow that carries media, of at least min_answers answers, is max_ms or more; for media over TCP or TLS the median of at least min_answers handshakes of the client.",
		LookAlikes: "Tests of distant nodes are slow by nature, and the client does not choose those: only flows that carry media count. A repeated SYN makes the round trip ambiguous and is left out, as is the handshake with a proxy, which ends there.",
		Verify:     "Wireshark: `stun.time > 0.4` for the media flow; `tcp.analysis.initial_rtt > 0.4` for TCP.",
	},
	Remediation: "Look for a detour: VPN or central Internet exit, proxy, a region far away. Give media a local exit.",
	Refs:        []string{qualityRef, "ITU-T G.114"},
	Needs:       []string{"flow with stun or tcp", "both directions"},
	Limits:      []string{"WXA-QUA-003.max_ms", "WXA-QUA-003.min_answers"},
	Check:       delayed,
}

func delayed(p *Pass) {
	o := outcome{unit: "media flow", pass: "the round trip is below the limit", missing: "enough STUN answers in the media flows, or handshakes of media over TCP"}
	list := slowest{causes{}, map[record.Subject]float64{}}
	handshakes := map[netip.Addr][]*record.Flow{}
	for _, f := range p.webex {
		if !f.Function.IsMedia() || !p.isCarried(f) {
			continue
		}
		o.seen++
		switch {
		case f.Proto == "udp" && f.STUN != nil && f.STUN.RTTMs != nil && float64(f.STUN.Answered) >= p.limit("min_answers"):
			o.judged++
			list.add(p, *f.STUN.RTTMs, record.Confirmed, f)
		case f.Transport == record.TCP || f.Transport == record.TLS:
			if f.TCP != nil && f.TCP.SYN == 1 && f.TCP.HandshakeRTTMs != nil {
				handshakes[f.ClientAddr()] = append(handshakes[f.ClientAddr()], f)
			}
		}
	}
	for _, flows := range handshakes {
		if float64(len(flows)) >= p.limit("min_answers") {
			o.judged += len(flows)
			list.add(p, medianHandshake(flows), record.Probable, flows...)
		}
	}
	for c := range list.causes.each {
		p.reportDelay(c, list.worst[c.subject])
	}
	p.conclude(o)
}

// slowest keeps the causes with the longest round trip of each.
type slowest struct {
	causes causes
	worst  map[record.Subject]float64
}

// add takes the flows of one client in, if their round trip is too long.
func (s slowest) add(p *Pass, ms float64, conf record.Confidence, flows ...*record.Flow) {
	if ms < p.limit("max_ms") {
		return
	}
	c := s.causes.at(p.subject(flows[0].ClientAddr()))
	for _, f := range flows {
		c.flow(f)
		c.count++
		c.host(f.Server().Addr().String())
	}
	c.sure(conf)
	s.worst[c.subject] = max(s.worst[c.subject], ms)
}

func (p *Pass) reportDelay(c *cause, worst float64) {
	c.sortFlows()
	p.report(c, verdict{state: record.Fail,
		summary: fmt.Sprintf("%s of %s in %s with a round trip of %s ms or more, at worst %.0f ms (nodes %s)", count(c.count, "media flow"),
			count(len(c.clients), "client"), where(c.subject), number(p.limit("max_ms")), worst, some(c.hostList())),
		expected: "a round trip below " + number(p.limit("max_ms")) + " ms", actual: fmt.Sprintf("%.0f ms at worst", worst),
		evidence: p.citeKeys("transaction", c.flows, roundTrip, "stun-request", "stun-answer", "syn", "syn-ack")})
}

// medianHandshake is the middle round trip, the lower of two.
func medianHandshake(flows []*record.Flow) float64 {
	var v []float64
	for _, f := range flows {
		v = append(v, *f.TCP.HandshakeRTTMs)
	}
	slices.Sort(v)
	return v[(len(v)-1)/2]
}

func roundTrip(f *record.Flow) map[string]string {
	switch {
	case f.STUN != nil && f.STUN.RTTMs != nil:
		return map[string]string{"rtt_median_ms": fmt.Sprintf("%.1f", *f.STUN.RTTMs), "answers": fmt.Sprint(f.STUN.Answered)}
	case f.TCP != nil && f.TCP.HandshakeRTTMs != nil:
		return map[string]string{"handshake_rtt_ms": fmt.Sprintf("%.1f", *f.TCP.HandshakeRTTMs)}
	}
	return nil
}

var qua009 = &Rule{
	ID: "WXA-QUA-009", Title: "Media quality could not be classified", Severity: record.Info,
	Doc: Doc{
		What:       "None of a site's media streams is long enough, or has a known clock rate, to be judged.",
		Why:        "Silence of the quality rules must not be read as good quality. A remark of severity info.",
		Trigger:    "Streams of a site or subnet, all of which are shorter than min_seconds or min_packets, of unknown kind, or of unknown clock rate.",
		LookAlikes: "Short streams beside long ones are normal (speaker changes, share audio): then the rule passes and counts them.",
		Verify:     "Wireshark: `rtp && ip.src == CLIENT`; Telephony > RTP > RTP Streams, columns Packets and Duration.",
	},
	Remediation: "Capture for longer: at least a minute of the call.",
	Refs:        []string{"Unified CM call quality grades, nfeu3q7: short calls are those under 20 s"},
	Needs:       []string{"media_stream"},
	Limits:      classified(),
	Check:       unclassified,
}

func unclassified(p *Pass) {
	o := outcome{unit: "media stream"}
	list := causes{}
	good := map[record.Subject]int{}
	total := 0
	for _, m := range p.streams {
		f := p.flowOf[m.FlowID]
		if m.Kind == "fec" || m.Kind == "rtx" || f.Proto != "udp" {
			continue
		}
		o.seen++
		o.judged++
		s := p.subject(f.ClientAddr())
		c := list.at(s)
		switch {
		case !p.enough(m):
			c.n["short"]++
		case m.Kind == "unknown" || m.Kind == "":
			c.n["kind"]++
		case m.JitterMeanMs == nil:
			c.n["clock"]++
		default:
			good[s]++
			total++
			continue
		}
		c.flow(f)
		c.count++
	}
	o.pass = fmt.Sprintf("%d of %s classified", total, count(o.seen, "stream"))
	if total < o.seen {
		o.pass += ", the others are too short or unknown"
	}
	for c := range list.each {
		if good[c.subject] > 0 || c.count == 0 {
			continue
		}
		c.confidence = record.Confirmed
		p.report(c, verdict{state: record.Warn,
			summary: fmt.Sprintf("none of %s of %s could be classified: %d too short, %d of unknown kind, %d without clock rate",
				count(c.count, "media stream"), where(c.subject), c.n["short"], c.n["kind"], c.n["clock"]),
			expected: "a stream of 20 s and 100 packets", actual: "none", evidence: p.cite("packet-range", c.largest(), nil)})
	}
	p.conclude(o)
}
