package catalogue

import (
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	pauseFrom = audit.NewLimit("WXA-CAP-011.min_seconds", "s", 5, 2, 1, 1, 3600,
		"ours: on a network with connections in use two seconds without any frame are rare; "+
			"shorter ones are no pauses in the records",
		"minimum time in which the sensor captured nothing at all")
	pauseBytes = audit.NewLimit("WXA-CAP-011.min_bytes", "bytes", 10_000, 1500, 1, 1, audit.Unbounded,
		"ours: more than one full segment, which a mirror may lose by itself",
		"minimum number of TCP bytes acknowledged behind a pause and never captured")
	pauseShare = audit.NewLimit("WXA-CAP-011.min_percent", "%", 80, 50, 50, 0, 100,
		"ours: a mirror that loses packets all the time lacks most of them elsewhere",
		"share of the unseen TCP bytes of the capture that passed during such pauses")
)

var cap011 = &audit.Rule{
	ID: "WXA-CAP-011", Title: "The sensor paused", Severity: record.Medium,
	Doc: audit.Doc{
		What: "The sensor captured nothing at all for seconds, while connections went on.",
		Why: "What passed meanwhile is missing: calls seem to stand still and packets to be lost, though only the " +
			"sensor stood still. The loss belongs to the capture, not to the network.",
		Trigger: "No frame for min_seconds or longer, within one file or interface, and within two seconds behind it " +
			"receivers acknowledge min_bytes or more of TCP payload that was never captured, in connections that " +
			"were there before. Such pauses hold min_percent or more of all unseen TCP bytes of the capture.",
		LookAlikes: "A quiet network, an idle night and one call on hold lack nothing behind the silence. The time " +
			"between two files that were rotated is no pause of a sensor; a file that was left out before files " +
			"were merged into one looks like one. A mirror that loses packets all the time is WXA-CAP-002's. Gaps " +
			"of media across a pause are counted for the capture (capture_lost), and accuse nobody.",
		Verify: "Wireshark: `frame.time_delta > 1`, and right behind it `tcp.analysis.ack_lost_segment`.",
	},
	Remediation: "Let nothing stop the sensor: write to a local disk that keeps up, with a larger buffer (-B); keep " +
		"the virtual machine from being paused, moved or snapshot, and the computer from sleep. Capture again if the " +
		"pauses hide the time in question.",
	Refs:       []string{"RFC 9293 section 3.4 (an acknowledgement says that the receiver has the bytes)"},
	Needs:      []string{"capture_health with pauses", "TCP traffic in both directions"},
	Thresholds: []*audit.Limit{pauseBytes, pauseShare, pauseFrom},
	Judge: audit.Whole(func(s *audit.Scope) {
		o := audit.Outcome{Of: captures, Pass: wording.New("cap011.pass", "the sensor did not pause"),
			Missing: wording.New("cap011.missing", "TCP connections with data in both directions: only their "+
				"acknowledgements tell a pause of the sensor from a quiet network"),
			Absent: wording.New("cap.absent", "no packets")}
		for _, h := range s.Health {
			if h.Packets == 0 {
				continue
			}
			o.Seen++
			if s.Sides.Bad || h.TCPBytes == 0 {
				continue
			}
			o.Judged++
			if p := pausesOf(s, h); len(p.list) > 0 && percent(p.unseen, h.TCPUnseenBytes) >= s.Value(pauseShare) {
				s.Report(p.group(s, h), p.verdict(s, h))
			}
		}
		s.Conclude(o)
	}),
}

// sensorPauses are the pauses of one capture that are long enough and prove what they hide.
type sensorPauses struct {
	list    []record.Pause
	longest record.Pause
	seconds float64
	unseen  int64
}

func pausesOf(s *audit.Scope, h *record.CaptureHealth) (p sensorPauses) {
	for _, x := range h.Pauses {
		if x.Seconds < s.Value(pauseFrom) || float64(x.UnseenBytes) < s.Value(pauseBytes) {
			continue
		}
		p.list = append(p.list, x)
		p.seconds, p.unseen = p.seconds+x.Seconds, p.unseen+x.UnseenBytes
		if x.Seconds > p.longest.Seconds {
			p.longest = x
		}
	}
	return p
}

func (p *sensorPauses) group(s *audit.Scope, h *record.CaptureHealth) *audit.Group {
	g := captureGroup(s, h, int64(len(p.list)))
	last := p.list[len(p.list)-1]
	g.First, g.Last = p.list[0].Start, last.Start+record.Time(last.Seconds*1e9)
	g.Lasted = int64(p.seconds * 1e9)
	return g
}

func (p *sensorPauses) verdict(s *audit.Scope, h *record.CaptureHealth) audit.Verdict {
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("cap011.fail", "the sensor captured nothing %s, for %s together (the longest: %s from %s), "+
			"while TCP carried at least %s", wording.Count(int64(len(p.list)), "time", "times"), wording.Seconds(p.seconds),
			wording.Seconds(p.longest.Seconds), wording.Clock(p.longest.Start.Time(), false), wording.Bytes(p.unseen)),
		Expected: wording.New("cap011.expected", "no pause of %s or longer in which connections go on",
			wording.Seconds(s.Value(pauseFrom))),
		Actual: wording.New("cap011.actual", "%s", wording.Count(int64(len(p.list)), "pause", "pauses")),
	}
	for _, x := range p.list[:min(len(p.list), maxPausesCited)] {
		v.Evidence = append(v.Evidence, record.Evidence{Kind: "counter", File: h.File, Time: x.Start,
			Fields: map[string]string{"pause_seconds": strconv.FormatFloat(x.Seconds, 'f', -1, 64),
				"unseen_bytes": strconv.FormatInt(x.UnseenBytes, 10)}})
	}
	return v
}

const maxPausesCited = 5
