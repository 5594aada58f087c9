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
	ID: "WXA-MED-017", Title: "One side sends no media while the path lives", Severity: record.Low, Version: "2",
	Doc: audit.Doc{
		What: "In a call over UDP one side sends audio and the other none for a while, although STUN goes on being " +
			"answered, or the silent side's feedback goes on telling what arrives.",
		Why: "Users say that they hear nothing, or are not heard. As the path is alive it is not the firewall.",
		Trigger: "Audio of min_rate or more in one direction of a flow and none in the other for min_seconds on end, " +
			"with STUN answered in that time, with believed feedback in clear about what was sent in it (MARI, reports), or " +
			"with audio in both directions after it. Only possible; where the client " +
			"is the silent side it is a remark, as most of those who listen are muted.",
		LookAlikes: "Mute, hold, a meeting in which nobody speaks and a lonely participant look the same: the " +
			"finding says what was not sent, not why. Video in one direction only is a choice of the users. A path " +
			"that answers no STUN any more, and returns no feedback, is WXA-MED-010's.",
		Verify: "Wireshark: Telephony > RTP > RTP Streams; `ip.addr == CLIENT && ip.addr == NODE && stun.type == " +
			"0x0101` goes on while one direction has no RTP.",
	},
	Remediation: "Look at mute, device and sender, not at the firewall: the path is alive. Ask whether the other " +
		"side was muted, on hold or alone.",
	Refs:       []string{"RFC 7675 (consent freshness)"},
	Rows:       []string{"payload_types", "prefixes", "stun"},
	Needs:      []string{"flow with stun, or streams with feedback", "media_stream", "media_interval"},
	Thresholds: []*audit.Limit{oneSideRate, oneSideSeconds},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "UDP flow with audio and STUN or feedback", Many: "UDP flows with audio and STUN or feedback"},
		Pass: wording.New("med017.pass", "no side was silent for long on a path that lives"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return f.Proto == "udp" && (f.STUN != nil || toldAny(f)) && hasAudio(f)
		},
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			switch {
			case (f.STUN == nil || f.STUN.Answered == 0) && !toldAny(f):
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
			if s.told {
				g.Sum(side+" tells", 1)
			}
			g.Extreme(side, float64(s.seconds), wording.Text{})
			g.Host(f.Server().String())
			return true
		},
		Confidence: func(*audit.Env, *observe.Flow) record.Confidence { return record.Possible },
		Cite:       audit.Citation{Kind: "packet-range", Largest: true, Fields: aliveFields},
		Report:     oneSideVerdict,
	},
}

func aliveFields(f *observe.Flow) map[string]string {
	fields := map[string]string{"packets_from_client": fmt.Sprint(f.Up().Packets), "packets_to_client": fmt.Sprint(f.Down().Packets)}
	if f.STUN != nil {
		fields["stun_answers"], fields["last_stun_answer"] = fmt.Sprint(f.STUN.Answered), f.STUN.LastAnswer.String()
	}
	for name, last := range map[string]record.Time{"cloud_tells_until": toldOf(f, true), "client_tells_until": toldOf(f, false)} {
		if !last.IsZero() {
			fields[name] = last.String()
		}
	}
	return fields
}

func oneSideVerdict(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
	v := audit.Verdict{State: record.Warn, Expected: wording.New("med017.expected", "audio from both sides, unless one is muted or on hold")}
	if g.Sums["cloud"] > 0 {
		quiet, alive := wording.Seconds(g.Worst["cloud"].Value), wording.New("med017.stun", "STUN answered")
		if g.Sums["cloud tells"] == g.Sums["cloud"] {
			alive = wording.New("med017.cloud.tells", "the cloud's feedback tells that what was sent arrived")
		}
		v.Summary = wording.New("med017.cloud", "%s in %s got no audio for up to %s while sending it, although the path was alive (%s)",
			clients(g), subject(g), quiet, alive)
		v.Actual = wording.New("med017.actual", "no audio to the client for up to %s", quiet)
		return v, true
	}
	quiet, alive := wording.Seconds(g.Worst["client"].Value), wording.New("med017.stun", "STUN answered")
	if g.Sums["client tells"] == g.Sums["client"] {
		alive = wording.New("med017.client.tells", "the client's feedback tells what it got")
	}
	v.Severity = record.Info
	v.Summary = wording.New("med017.client", "%s in %s sent no audio for up to %s while getting it, although the path was alive (%s): "+
		"muted, or not heard", clients(g), subject(g), quiet, alive)
	v.Actual = wording.New("med017.actual", "no audio to the cloud for up to %s", quiet)
	return v, true
}

// toldAny reports whether the receiver of any media of the flow tells of it.
func toldAny(f *observe.Flow) bool { return !toldOf(f, true).IsZero() || !toldOf(f, false).IsZero() }

func hasAudio(f *observe.Flow) bool {
	return slices.ContainsFunc(f.Streams, func(m observe.Stream) bool { return m.Kind == "audio" })
}

// pause is how long one side sent no audio while the other did.
type pause struct {
	seconds  int64
	upstream bool // the client is the silent side
	told     bool // by feedback, and not by STUN, the path was alive in all of it
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
	answered := int64(0)
	if f.STUN != nil && f.STUN.Answered > 0 {
		answered = int64(f.STUN.LastAnswer)/int64(time.Second) + checks
	}
	for _, upstream := range []bool{false, true} {
		talks, silent := up, down
		if upstream {
			talks, silent = down, up
		}
		told := int64(toldOf(f, !upstream)) / int64(time.Second)
		if n := silentRun(talks, silent, least, max(answered, told)); n > longest.seconds {
			longest = pause{n, upstream, n > silentRun(talks, silent, least, answered)}
		}
	}
	return longest
}

// checks is at most how far consent checks lie apart (RFC 7675 section 5.1: about 5 s).
const checks = 6

// silentRun is the longest run of seconds in which one side talks and the other is silent. The path was alive in it
// until that second, or in all of it where the silent side sent again.
func silentRun(talks, silent map[int64]int64, least, until int64) (longest int64) {
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
		if alive := min(to+1, max(until, last)); alive > from {
			longest = max(longest, alive-from)
		}
	}
	return longest
}
