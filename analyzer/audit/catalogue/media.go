package catalogue

import (
	"cmp"
	"fmt"
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// What makes a flow over TCP or TLS media, and no test and no signalling; several rules ask for it.
var (
	mediaBytes = audit.NewLimit("WXA-MED-001.min_bytes", "bytes", 200_000, 50_000, 50_000, 10_000, audit.Unbounded,
		"ours: none of 415 measured probes exceeded 10 kB", "minimum payload from the server")
	shortSeconds = audit.NewLimit("WXA-MED-001.short_seconds", "s", 30, 10, 10, 5, 86_400,
		"ours: who is not heard hangs up; one window of the cadence takes 10 s", "from which duration on a shorter flow is possibly media")
	mediaSeconds = audit.NewLimit("WXA-MED-001.min_seconds", "s", 60, 30, 30, 5, 86_400,
		"ours: 90 % of 415 measured probes were under 49 s and under 10 kB", "minimum duration")
	mediaWindows = audit.NewLimit("WXA-MED-001.min_windows", "windows of 10 s", 4, 2, 2, 1, 1e6,
		"ours: signalling bursts are shorter", "minimum number of windows with the cadence of media")
)

// netreq is where published thresholds come from.
const netreq = "published: Network Requirements for Webex Services, WBX000028782 (2026-03-16)"

const networkRequirements = "Network Requirements for Webex Services, WBX000028782"

const openUDP = "Allow UDP 5004 and UDP 9000 from the clients to the published Webex media subnets at the firewall, with return traffic."

var mediaFlow = wording.Noun{One: "media flow", Many: "media flows"}

// pattern is what the size and the cadence of a flow over TCP or TLS say of it.
type pattern struct {
	media   bool
	unclear bool // large and long enough, but its cadence was not measured
	oneWay  bool // the cadence shows in one direction only
	short   bool // shorter than min_seconds
	conf    record.Confidence
}

// cadence judges whether a flow over TCP or TLS carries media: by its duration, its volume and its cadence. A part of a
// flow that was cut has the duration of the flow so far.
func cadence(e *audit.Env, f *observe.Flow) (p pattern) {
	lasted, volume, windows := f.Lasted().Seconds(), e.Value(mediaBytes), int(e.Value(mediaWindows))
	brief := lasted < e.Value(mediaSeconds)
	p.short = f.Age().Seconds() < e.Value(mediaSeconds)
	if brief {
		volume *= lasted / e.Value(mediaSeconds)
		windows = 1
	}
	if lasted < min(e.Value(shortSeconds), e.Value(mediaSeconds)) || float64(f.Down().PayloadBytes) < volume {
		return p
	}
	if f.MediaPattern == nil {
		p.unclear = !brief
		return p
	}
	p.conf = cmp.Or(f.Confidence, record.Probable)
	switch {
	case f.MediaPattern.MediaBoth >= windows:
		p.media = true
	case !brief && f.MediaPattern.MediaBoth+f.MediaPattern.MediaOne >= windows:
		p.media, p.oneWay, p.conf = true, true, p.conf.Lower()
	}
	return p
}

// sustained reports whether a flow over TCP or TLS carries media for min_seconds.
func sustained(e *audit.Env, f *observe.Flow) bool {
	p := cadence(e, f)
	return p.media && !p.short
}

// carried reports whether a flow of a media function holds media at all, on whatever transport.
func carried(e *audit.Env, f *observe.Flow) bool {
	if f.Transport == record.UDP {
		return len(f.Streams) > 0
	}
	return sustained(e, f)
}

// mediaLike: media, or what would be a test if it were not long and large, with a cadence that nobody measured.
func mediaLike(e *audit.Env, f *observe.Flow) bool {
	if f.Function == record.ReachProbe {
		return cadence(e, f).unclear
	}
	return f.Function.IsMedia()
}

// cadenceFields are what a reader should see of a flow over TCP or TLS.
func cadenceFields(f *observe.Flow) map[string]string {
	m := map[string]string{"seconds": strconv.FormatFloat(f.Lasted().Seconds(), 'f', 1, 64)}
	if r := f.MediaPattern; r != nil {
		m["windows"] = strconv.Itoa(r.Windows)
		m["media_both"], m["media_one"] = strconv.Itoa(r.MediaBoth), strconv.Itoa(r.MediaOne)
		m["rate_fwd"], m["rate_rev"] = fmt.Sprintf("%.1f", r.RateFwd), fmt.Sprintf("%.1f", r.RateRev)
	}
	return m
}

// stunFields are what a reader should see of a flow's tests.
func stunFields(f *observe.Flow) map[string]string {
	return map[string]string{"requests": fmt.Sprint(f.STUN.Requests), "answered": fmt.Sprint(f.STUN.Answered),
		"retries": fmt.Sprint(f.STUN.Retries), "prefix": f.Prefix}
}
