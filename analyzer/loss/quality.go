package loss

import (
	"fmt"

	"webexaudit/analyzer/record"
)

// flowDirection is one direction of a flow.
type flowDirection struct{ flow, direction string }

// Rate adds to the streams what takes their losses, after [Judge], or their neighbours: how much FEC and RTX accompany
// them, and the E-model's estimate.
func Rate(streams []*Stream) {
	var packets [2]map[flowDirection]int64 // of media, of repair
	packets[0], packets[1] = map[flowDirection]int64{}, map[flowDirection]int64{}
	for _, s := range streams {
		packets[repairs(s.Rec)][flowDirection{s.Rec.FlowID, s.Rec.Direction}] += s.Rec.Packets
	}
	for _, s := range streams {
		m := s.Rec
		k := flowDirection{m.FlowID, m.Direction}
		if n := packets[1][k]; n > 0 && repairs(m) == 0 {
			v := thousandths(float64(n) / float64(packets[0][k]))
			m.RepairShare = &v
		}
		estimateMOS(m, s.RTTMs)
	}
}

func repairs(m *record.MediaStream) int {
	if m.Kind == "fec" || m.Kind == "rtx" {
		return 1
	}
	return 0
}

// What delays speech besides the path, ms: 20 ms of it in a packet, and a jitter buffer of twice the mean jitter, at
// least 40 (G.114 reckons with both).
const (
	packetMs   = 20
	leastBufMs = 40
)

// estimateMOS fills the E-model's numbers where codec and round trip are known, by RTCP or else by STUN (rtt). Late
// packets count as lost: they are not played.
func estimateMOS(m *record.MediaStream, rtt *float64) {
	c, ok := codecOf(m.PayloadType)
	source := "STUN"
	if m.RTCP != nil && m.RTCP.RTTMs != nil {
		rtt, source = m.RTCP.RTTMs, "RTCP"
	}
	if !ok || m.Kind != "audio" || rtt == nil || m.JitterMeanMs == nil || m.Expected == 0 {
		return
	}
	lost, buffer := float64(m.Lost+m.Late)/float64(m.Expected), max(leastBufMs, 2**m.JitterMeanMs)
	burst := burstRatio(m)
	r, mos := eModel(c, *rtt/2+packetMs+buffer, lost, burst)
	r, mos = thousandths(r), thousandths(mos)
	m.RFactor, m.MOSEstimate = &r, &mos
	m.MOSInputs = fmt.Sprintf("%s; delay %.0f ms: half of the %s round trip from the capture point (%.1f ms), packet %d ms, "+
		"jitter buffer %.0f ms; lost or late %.2f %%; burst ratio %.2f",
		c.Name, *rtt/2+packetMs+buffer, source, *rtt, packetMs, buffer, lost*100, burst)
}

// burstRatio is the mean length of a burst over that of random losses (G.107 section 7.5); at least 1.
func burstRatio(m *record.MediaStream) float64 {
	var bursts int64
	for _, n := range m.LossBursts {
		bursts += n
	}
	missing := m.Expected - m.Packets
	if bursts == 0 || missing <= 0 {
		return 1
	}
	mean := float64(missing) / float64(bursts)
	return max(mean*(1-float64(missing)/float64(m.Expected)), 1)
}

// thousandths keeps three decimals.
func thousandths(v float64) float64 { return float64(int64(v*1000+0.5)) / 1000 }
