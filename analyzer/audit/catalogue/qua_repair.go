package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// beforeRepair is what rules about loss say of their counts.
const beforeRepair = "Loss is counted before repair: where FEC (RFC 5109, RFC 8627) or retransmission (RFC 4588) runs as a " +
	"stream of its own beside the media, the finding says how much of it that could mend at most. What repair inside the " +
	"packets mends, as Opus has it, cannot be seen."

// beforeRepairShort is that for rules whose findings do not say it.
const beforeRepairShort = "Loss is counted before repair (FEC, RTX): WXA-QUA-001 and 004 say how much of it that could mend."

// Sums of a group about the repair of what its streams lost.
const (
	lostPackets   = "lost packets"     // of all streams
	mendable      = "mendable packets" // of these, with a packet of repair at hand
	withRepair    = "streams with repair"
	withoutRepair = "streams without repair"
)

// countRepair books how many packets a stream lost, and how many of them the repair beside it could mend at most: a
// packet of FEC or RTX brings back one lost packet, of the same second or, as it comes later, of the second before.
func countRepair(g *audit.Group, m *observe.Stream) {
	lost := lostOf(m)
	if lost <= 0 {
		return
	}
	g.Sum(lostPackets, lost)
	repair := repairOf(m)
	if len(repair) == 0 {
		g.Sum(withoutRepair, 1)
		return
	}
	g.Sum(withRepair, 1)
	g.Sum(mendable, mendableOf(m, repair))
}

// repairs reports whether the stream mends others.
func repairs(m *observe.Stream) bool { return m.Kind == "fec" || m.Kind == "rtx" }

// repairOf are the streams of FEC and RTX that go the same way in the same flow.
func repairOf(m *observe.Stream) (list []*observe.Stream) {
	for i := range m.Flow.Streams {
		if r := &m.Flow.Streams[i]; r.Direction == m.Direction && repairs(r) {
			list = append(list, r)
		}
	}
	return list
}

// mendableOf is the largest number of the stream's lost packets that the repair can bring back, second by second where
// all streams have rows.
func mendableOf(m *observe.Stream, repair []*observe.Stream) (n int64) {
	at, all, rows := map[record.Time]int64{}, int64(0), true
	for _, r := range repair {
		all += r.Packets
		rows = rows && len(r.Every(1)) > 0 && r.Omitted == 0
		for _, row := range r.Every(1) {
			at[row.StartTime] += row.Packets
		}
	}
	if !rows || len(m.Every(1)) == 0 || m.Omitted > 0 {
		return min(lostOf(m), all)
	}
	for _, row := range m.Every(1) {
		n += min(lostIn(row), at[row.StartTime]+at[row.StartTime+1e9])
	}
	return min(n, lostOf(m), all)
}

// mends says how much of a group's loss repair could mend; the zero Text where nothing was lost.
func mends(g *audit.Group) (text wording.Text) {
	share := wording.Percent(percent(g.Sums[mendable], g.Sums[lostPackets]))
	switch {
	case g.Sums[lostPackets] == 0:
	case g.Sums[withRepair] == 0:
		text = wording.New("repair.none", "before repair: how much that mends cannot be known (no FEC or RTX beside it)")
	case g.Sums[withoutRepair] == 0:
		text = wording.New("repair.share", "before repair: FEC and RTX beside it could mend %s at most", share)
	default:
		text = wording.New("repair.part", "before repair: FEC and RTX beside %d of %s could mend %s at most, for the rest it cannot be known", g.Sums[withRepair],
			wording.Count(g.Sums[withRepair]+g.Sums[withoutRepair], "stream", "streams"), share)
	}
	return text
}

// withMends adds that to the summary of a finding.
func withMends(g *audit.Group, summary wording.Text) wording.Text {
	if text := mends(g); !text.IsZero() {
		return wording.New("repair", "%s; counted %s", summary, text)
	}
	return summary
}
