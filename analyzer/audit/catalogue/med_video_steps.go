package catalogue

import (
	"cmp"
	"slices"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	stepFactor = audit.NewLimit("WXA-MED-018.min_factor", "times", 3, 2, 2, 1, 12,
		"ours: half the lines are two steps or more of the ladder",
		"by how much the lines that the bit rate allows must shrink")
	stepLoss = audit.NewLimit("WXA-MED-018.min_loss_percent", "%", 2, 1, 0.5, 0, 100,
		"ours: below one percent clients repair and go on", "minimum loss of video and its repair that shows a tight "+
			"path")
	stepRepair = audit.NewLimit("WXA-MED-018.min_repair_percent", "%", 30, 20, 20, 1, 100,
		"published: public recordings of 2019 and 2020 (RTC_apps_classifier): 25 to 47 % repair on poor links",
		"minimum share of repair (FEC, RTX) that shows loss at the receiver, where it was a third of that or less "+
			"before")
	stepFor = audit.NewLimit("WXA-MED-018.min_seconds", "s", 60, 30, 20, 10, 3600,
		"ours: a speaker who changes is back within seconds", "minimum time at the lower step")
	fewLines = audit.NewLimit("WXA-MED-018.within_lines", "lines", 90, 90, 180, 1, 2160,
		"published: CVD 2020, table of video rates: below 128 kb/s there are 90 lines",
		"up to how many lines of the ladder a picture is below the recommendation")
)

var med018 = &audit.Rule{
	ID: "WXA-MED-018", Title: "Video stepped down, or bandwidth below the recommendation", Severity: record.Low,
	Plain: "video lacked bandwidth (%s)",
	Doc: audit.Doc{
		What: "Video went down to half its lines or less, or stays below the smallest picture worth sending, and the " +
			"path shows why: packets are lost, or the sender repairs far more than before.",
		Why: "Webex keeps the audio and gives up the picture first: resolution, then frame rate, then the video. It " +
			"says that the bandwidth of the path is short, before people hear it.",
		Trigger: "The bit rate of video in rows of ten seconds is read as lines by the ladder of the pack. For " +
			"min_seconds or longer it allows min_factor times fewer lines than in the twenty seconds before, and " +
			"from these on to the first row below min_loss_percent or more of the packets are lost, or repair grew " +
			"to min_repair_percent. Or it allows within_lines or fewer for min_seconds with such loss in most of " +
			"these rows. By repair alone it is only possible.",
		LookAlikes: "A camera that is switched off ends its stream. A grid view, a small picture beside a share and " +
			"a still picture take less rate without any loss: the layout asked for less. Layers of simulcast are " +
			"looked at together: a large one that nobody watches ends, and nothing is lost. Shares are not video. " +
			"Encrypted reports hide what the receiver lost behind the capture point: such a step stays silent.",
		Verify: "Wireshark: Telephony > RTP > RTP Streams, then Statistics > I/O Graphs with `rtp.ssrc == SSRC` in " +
			"bits for each 10 s, beside the lost packets of the stream analysis.",
	},
	Remediation: "Find the narrow part of the path (Wi-Fi, uplink, VPN, policer on AF41) and give video its " +
		"bandwidth there; plan with the rates of the ladder for as many people as call at once.",
	Refs: []string{"web-client-media-engine 3.39.1 (2026-04-08): ladder of resolutions and rates",
		"Preferred Architecture for Webex Hybrid Services, CVD 2020: table of video rates"},
	Rows:       []string{"payload_types", "prefixes", "webex-policy-video-ladder-cvd"},
	Needs:      []string{"media_interval of ten seconds with video_lines", "capture_health that allows it"},
	Thresholds: []*audit.Limit{stepFactor, stepLoss, stepRepair, stepFor, fewLines},
	Under:      []audit.Root{{Rule: "WXA-QUA-001", Same: audit.SameFlows}, {Rule: "WXA-QUA-017"}},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "flow with video", Many: "flows with video"},
		Pass: wording.New("med018.pass", "no step down of video beside loss"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return f.Proto == "udp" && slices.ContainsFunc(f.Streams, isVideo)
		},
		Lacks: func(e *audit.Env, f *observe.Flow) wording.Text {
			switch {
			case f.LossGate != "":
				return wording.New("qua.gate", "%s", f.LossGate)
			case len(videoRows(f, true)) < rowsFor(e)+2 && len(videoRows(f, false)) < rowsFor(e)+2:
				return wording.New("med018.missing", "video for a minute or more")
			}
			return wording.Text{}
		},
		Breaks:     stepsDown,
		Confidence: func(*audit.Env, *observe.Flow) record.Confidence { return "" }, // stepsDown raises it
		Cite:       audit.Citation{Kind: "interval-series", Largest: true},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("med018.warn", "video of %s in %s lacked bandwidth (%s; worst: %s)", clients(g),
					subject(g), howOften(g), g.Worst["worst"].Of),
				Expected: wording.New("med018.expected", "video that keeps its resolution"),
				Actual:   g.Worst["worst"].Of,
			}, true
		},
	},
}

func isVideo(m observe.Stream) bool { return m.Kind == "video" }

// rowsFor is how many rows of ten seconds the time at the lower step has.
func rowsFor(e *audit.Env) int { return int(e.Value(stepFor)) / 10 }

// videoRow is ten seconds of the video of one direction: all its streams together.
type videoRow struct {
	at                              record.Time
	lines                           int // of the largest picture
	whole                           bool
	packets, expected, lost, repair int64
}

// videoRows are the rows of one direction in which a stream of video ran from beginning to end.
func videoRows(f *observe.Flow, up bool) (rows []videoRow) {
	for i := range f.Streams {
		m := &f.Streams[i]
		repair := repairs(m)
		if m.Upstream != up || m.Kind != "video" && !repair {
			continue
		}
		for _, r := range m.Every(10) {
			k, ok := slices.BinarySearchFunc(rows, r.StartTime, byRowTime)
			if !ok {
				rows = slices.Insert(rows, k, videoRow{at: r.StartTime})
			}
			v := &rows[k]
			v.expected, v.lost = v.expected+r.Expected, v.lost+r.Lost
			if repair {
				v.repair += r.Packets
				continue
			}
			v.packets += r.Packets
			v.lines = max(v.lines, r.VideoLines)
			v.whole = v.whole || r.StartTime >= m.StartTime && r.StartTime.Sub(m.EndTime) <= -10*time.Second
		}
	}
	return slices.DeleteFunc(rows, func(v videoRow) bool { return !v.whole || v.lines == 0 })
}

func byRowTime(v videoRow, at record.Time) int { return cmp.Compare(v.at, at) }

// stepsDown notes the worst place of a flow where video lacked bandwidth.
func stepsDown(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
	found := false
	for _, up := range []bool{true, false} {
		rows, n := videoRows(f, up), rowsFor(e)
		for i := 0; i+n <= len(rows); i++ {
			low := rows[i : i+n]
			if !joinedRows(low) {
				continue
			}
			how, conf := "", record.Confidence("")
			before := rows[max(i-2, 0):i]
			switch {
			case len(before) == 2 && joinedRows(rows[i-2:i+1]) && halved(e, before, low):
				how, conf = "stepped down", tight(e, before, rows[i-2:i+1])
			case mostLines(low) <= int(e.Value(fewLines)) && lossyRows(e, low)*2 > n:
				how, conf = "below the recommendation", record.Probable
			}
			if conf == "" {
				continue
			}
			found = true
			g.Raise(conf)
			noteStep(g, how, before, low, up)
			break // the rest of the direction is the same story
		}
	}
	return found
}

func noteStep(g *audit.Group, how string, before, low []videoRow, up bool) {
	side := "from the cloud"
	if up {
		side = "from the client"
	}
	to, when := mostLines(low), wording.Clock(low[0].at.Time(), false)
	g.Hows.Add(how, 1)
	if how == "stepped down" {
		from := leastOf(before)
		g.Extreme("worst", float64(from)/float64(to),
			wording.New("med018.step", "from %d to %d lines at %s, %s", from, to, when, side))
		return
	}
	g.Extreme("worst", 1, wording.New("med018.low", "%d lines at %s, %s", to, when, side))
}

// joinedRows reports whether rows follow each other without a gap.
func joinedRows(rows []videoRow) bool {
	for i := 1; i < len(rows); i++ {
		if rows[i].at.Sub(rows[i-1].at) != 10*time.Second {
			return false
		}
	}
	return true
}

func mostLines(rows []videoRow) int {
	return slices.MaxFunc(rows, func(a, b videoRow) int { return a.lines - b.lines }).lines
}

func leastOf(rows []videoRow) int {
	return slices.MinFunc(rows, func(a, b videoRow) int { return a.lines - b.lines }).lines
}

func halved(e *audit.Env, before, low []videoRow) bool {
	return float64(mostLines(low))*e.Value(stepFactor) <= float64(leastOf(before))
}

// lossyRows counts the rows in which packets were lost.
func lossyRows(e *audit.Env, rows []videoRow) (n int) {
	for _, r := range rows {
		if percent(r.lost, r.expected) >= e.Value(stepLoss) {
			n++
		}
	}
	return n
}

// tight is how sure the path is short of bandwidth around a step: by loss, or by repair that grew; "" where neither is
// there.
func tight(e *audit.Env, before, around []videoRow) record.Confidence {
	last, first := around[len(around)-1], before[0]
	share := func(r videoRow) float64 { return percent(r.repair, r.packets) }
	switch {
	case lossyRows(e, around) > 0:
		return record.Probable
	case share(last) >= e.Value(stepRepair) && share(first)*3 <= e.Value(stepRepair):
		return record.Possible
	}
	return ""
}
