package audit

import (
	"fmt"
	"slices"
	"time"

	"webexaudit/analyzer/record"
)

var qua006 = &Rule{
	ID: "WXA-QUA-006", Title: "Media stood still", Severity: record.Medium,
	Doc: Doc{
		What:       "A media stream that was running stood still for a second or longer and then went on.",
		Why:        "Users hear nothing or see a frozen picture for that time; the average loss of a call hardly shows it.",
		Trigger:    "No packet of an audio, video or share stream over UDP for min_ms or longer, with at least half of the usual packets in the seconds before and after, and the numbers prove that the sender went on: either half of what belongs into the gap is lost, or (audio) it comes all at once after it.",
		LookAlikes: "A sender that mutes, pauses its video or suppresses silence leaves no gap in the RTP sequence numbers and stays silent here. A sensor that paused loses both directions at once: such packets are counted for the capture, and where capture loss has no place nothing is judged. Looked at are the rows of one second, the first two hours of a stream.",
		Verify:     "Wireshark: Telephony > RTP > Stream Analysis of `rtp.ssrc == SSRC`, sort by Delta; compare the sequence numbers before and after.",
	},
	Remediation: "Compare the times with Wi-Fi roaming, link flaps, route changes and fail-overs.",
	Refs:        []string{"RFC 3550 section 6.4.1", "W3C webrtc-stats: freezeCount"},
	Needs:       []string{"media_interval of one second", "capture_health that allows it"},
	Limits:      []string{"WXA-QUA-006.min_ms", "WXA-QUA-009.min_packets", "WXA-QUA-009.min_seconds"},
	Check:       standstills,
}

// seconds are the stream's rows of one second.
func (f *facts) seconds(stream string) []*record.MediaInterval {
	return f.rows(stream, 1)
}

func (f *facts) rows(stream string, length int) (list []*record.MediaInterval) {
	for _, i := range f.seriesOf[stream] {
		if i.IntervalS == length {
			list = append(list, i)
		}
	}
	return list
}

// usual is the middle number of packets of the rows that have any.
func usual(rows []*record.MediaInterval) float64 {
	var n []int64
	for _, r := range rows {
		n = append(n, r.Packets)
	}
	slices.Sort(n)
	return float64(n[len(n)/2])
}

// running reports whether one of two rows has half of the usual packets. The row that a gap cuts may hold fewer, so its neighbour counts as well.
func running(rows []*record.MediaInterval, i, j int, rate float64) bool {
	for _, k := range []int{i, j} {
		if k >= 0 && k < len(rows) && float64(rows[k].Packets)*2 >= rate {
			return true
		}
	}
	return false
}

// still are the rows whose packets ended a gap in which the sender went on.
func (p *Pass) still(m *record.MediaStream) (list []*record.MediaInterval) {
	rows := p.seconds(m.StreamID)
	if len(rows) == 0 {
		return nil
	}
	rate := usual(rows)
	for i, r := range rows {
		gap := r.MaxGapMs / 1e3
		if r.MaxGapMs < p.limit("min_ms") || !running(rows, i-1, i-2, rate) || !running(rows, i, i+1, rate) || r.StartTime.Sub(rows[max(i-1, 0)].StartTime) > time.Duration((gap+2)*1e9) {
			continue
		}
		lost := float64(r.Lost) >= rate*gap/2
		heldUp := m.Kind == "audio" && float64(r.Packets) >= rate*(1+gap/2)
		if lost || heldUp {
			list = append(list, r)
		}
	}
	return list
}

// steady counts, by second, the streams without a gap of half a second: they show that the sensor was at work.
func (p *Pass) steady() map[record.Time]int {
	n := map[record.Time]int{}
	for _, m := range p.streams {
		for _, r := range p.seconds(m.StreamID) {
			if r.MaxGapMs < 500 {
				n[r.StartTime]++
			}
		}
	}
	return n
}

func standstills(p *Pass) {
	o := outcome{unit: "media stream", pass: "none stood still", missing: longer}
	steady := p.steady()
	gaps := map[string]string{}
	list := p.grades(&o, anyStream, func(m *record.MediaStream, _ *record.Flow) grade {
		switch {
		case p.lossGate != "":
			return grade{missing: p.lossGate}
		case len(p.seconds(m.StreamID)) == 0:
			return grade{missing: "rows of one second (media_interval)"}
		}
		g := grade{conf: record.Probable}
		for _, r := range p.still(m) {
			g.poor = true
			if r.MaxGapMs > g.value {
				g.value = r.MaxGapMs
				gaps[m.StreamID] = fmt.Sprintf("%.1f s until %s", r.MaxGapMs/1e3, r.StartTime.Time().Format("15:04:05"))
			}
			if steady[r.StartTime] > 0 && r.CaptureLost == 0 {
				g.conf = record.Confirmed
			}
		}
		return g
	})
	for c := range list.each {
		p.report(c.cause, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s stood still while the sender went on, at worst for %s (%s)", c.text(), fmt.Sprintf("%.1f s", c.worst/1e3), c.what),
			expected: "no standstill of " + number(p.limit("min_ms")/1e3) + " s or longer", actual: fmt.Sprintf("%.1f s at worst", c.worst/1e3),
			evidence: p.cite("interval-series", c.largest(), p.streamFields("gap", func(m *record.MediaStream) (float64, string) { return m.MaxGapMs, gaps[m.StreamID] }))})
	}
	p.conclude(o)
}
