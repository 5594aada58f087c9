package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	oneSideRate = audit.NewLimit("WXA-MED-017.min_rate", "packets/s", 20, 10, 10, 1, 1000,
		"ours: audio sends 50 a second; comfort noise and keepalives stay below", "minimum packet rate of the side that sends")
	oneSideSeconds = audit.NewLimit("WXA-MED-017.min_seconds", "s", 60, 20, 20, 5, 3600,
		"ours: who hears nothing for so long complains", "minimum time in which the other side sends no audio")
)

var med017 = &audit.Rule{
	ID: "WXA-MED-017", Title: "One side sends no media while the path lives", Severity: record.Low,
	Doc: audit.Doc{
		What: "In a call over UDP one side sends audio and the other none for a while, although STUN goes on being " +
			"answered.",
		Why: "Users say that they hear nothing, or are not heard. As the path is alive it is not the firewall.",
		Trigger: "Audio of min_rate or more in one direction of a flow and none in the other for min_seconds on end, " +
			"with STUN answered in that time or audio in both directions after it. Only possible; where the client " +
			"is the silent side it is a remark, as most of those who listen are muted.",
		LookAlikes: "Mute, hold, a meeting in which nobody speaks and a lonely participant look the same: the " +
			"finding says what was not sent, not why. Video in one direction only is a choice of the users. A path " +
			"that answers no STUN any more is WXA-MED-010's.",
		Verify: "Wireshark: Telephony > RTP > RTP Streams; `ip.addr == CLIENT && ip.addr == NODE && stun.type == " +
			"0x0101` goes on while one direction has no RTP.",
	},
	Remediation: "Look at mute, device and sender, not at the firewall: the path is alive. Ask whether the other " +
		"side was muted, on hold or alone.",
	Refs:       []string{"RFC 7675 (consent freshness)"},
	Rows:       []string{"payload_types", "prefixes", "stun"},
	Needs:      []string{"flow with stun", "media_stream", "media_interval"},
	Thresholds: []*audit.Limit{oneSideRate, oneSideSeconds},
	Judge: audit.PerFlow{
		Of:      wording.Noun{One: "UDP flow with audio and STUN", Many: "UDP flows with audio and STUN"},
		Pass:    wording.New("med017.pass", "no side was silent for long on a path that lives"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool { return f.Proto == "udp" && f.STUN != nil && hasAudio(f) },
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			switch {
			case f.STUN.Answered == 0:
				missing = answersMissing
			case !slices.ContainsFunc(f.Streams, func(m observe.Stream) bool { return len(m.Every(1)) > 0 }):
				missing = wording.New("rows", "rows of one second (media_interval)")
			}
			return missing
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			s := longestSilence(e, f)
			if s.seconds < int64(e.Value(oneSideSeconds)) {
				return false
			}
			side := "cloud"
			if s.upstream {
				side = "client"
			}
			g.Sum(side, 1)
			g.Extreme(side, float64(s.seconds), wording.Text{})
			g.Host(f.Server().String())
			return true
		},
		Confidence: func(*audit.Env, *observe.Flow) record.Confidence { return record.Possible },
		Cite: audit.Citation{Kind: "packet-range", Largest: true, Fields: func(f *observe.Flow) map[string]string {
			return map[string]string{"packets_from_client": fmt.Sprint(f.Up().Packets), "packets_to_client": fmt.Sprint(f.Down().Packets),
				"stun_answers": fmt.Sprint(f.STUN.Answered), "last_stun_answer": f.STUN.LastAnswer.String()}
		}},
		Report: oneSideVerdict,
	},
}

func oneSideVerdict(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
	v := audit.Verdict{State: record.Warn, Expected: wording.New("med017.expected", "audio from both sides, unless one is muted or on hold")}
	if g.Sums["cloud"] > 0 {
		quiet := wording.Seconds(g.Worst["cloud"].Value)
		v.Summary = wording.New("med017.cloud", "%s in %s got no audio for up to %s while sending it, although the path was alive (STUN answered)",
			clients(g), subject(g), quiet)
		v.Actual = wording.New("med017.actual", "no audio to the client for up to %s", quiet)
		return v, true
	}
	quiet := wording.Seconds(g.Worst["client"].Value)
	v.Severity = record.Info
	v.Summary = wording.New("med017.client", "%s in %s sent no audio for up to %s while getting it, although the path was alive (STUN answered): "+
		"muted, or not heard", clients(g), subject(g), quiet)
	v.Actual = wording.New("med017.actual", "no audio to the cloud for up to %s", quiet)
	return v, true
}

func hasAudio(f *observe.Flow) bool {
	return slices.ContainsFunc(f.Streams, func(m observe.Stream) bool { return m.Kind == "audio" })
}

// pause is how long one side sent no audio while the other did.
type pause struct {
	seconds  int64
	upstream bool // the client is the silent side
}

// longestSilence finds the longest pause of one side in which the path was alive.
func longestSilence(e *audit.Env, f *observe.Flow) (longest pause) {
	up, down := map[int64]int64{}, map[int64]int64{} // audio packets by second
	for i := range f.Streams {
		m := &f.Streams[i]
		if m.Kind != "audio" {
			continue
		}
		to := down
		if m.Upstream {
			to = up
		}
		for _, r := range m.Every(1) {
			to[int64(r.StartTime)/int64(time.Second)] += r.Packets
		}
	}
	least := int64(e.Value(oneSideRate))
	answered := int64(f.STUN.LastAnswer) / int64(time.Second)
	for _, upstream := range []bool{false, true} {
		talks, silent := up, down
		if upstream {
			talks, silent = down, up
		}
		if n := silentRun(talks, silent, least, answered); n > longest.seconds {
			longest = pause{n, upstream}
		}
	}
	return longest
}

// checks is at most how far consent checks lie apart (RFC 7675 section 5.1: about 5 s).
const checks = 6

// silentRun is the longest run of seconds in which one side talks and the other is silent. The path was alive in it as
// far as STUN was answered, or all of it where the silent side sent again.
func silentRun(talks, silent map[int64]int64, least, answered int64) (longest int64) {
	last := int64(0)
	for s := range silent {
		last = max(last, s)
	}
	var from, to int64
	for _, s := range slices.Sorted(maps.Keys(talks)) {
		if talks[s] < least || silent[s] > 0 {
			from = 0
			continue
		}
		if from == 0 || s != to+1 {
			from = s
		}
		to = s
		if alive := min(to+1, max(answered+checks, last)); alive > from {
			longest = max(longest, alive-from)
		}
	}
	return longest
}
