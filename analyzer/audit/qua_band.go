package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

var qua004 = &Rule{
	ID: "WXA-QUA-004", Title: "Media quality in the early-warning band", Severity: record.Medium,
	Doc: Doc{
		What:       "Loss, jitter or round trip of media is not poor yet, but no longer good.",
		Why:        "Concealment and error correction hide such a stretch from most users; a little more load and it is heard. The band shows a path that has no reserve.",
		Trigger:    "Of media over UDP that is long enough (WXA-QUA-009): network loss from loss_percent, mean jitter of audio from jitter_ms, or median STUN round trip of the flow from rtt_ms, each below the limit of WXA-QUA-001, 002 and 003, which take over there. From loss_bad_percent, jitter_bad_ms or rtt_bad_ms on the state is fail, below it warn.",
		LookAlikes: "Video leaves in bursts of one frame, which counts as jitter though nothing is wrong: its jitter is not judged. What the capture lost itself is not counted; where it cannot be told apart the loss is not judged. One round trip to a far node is geography: compare with the site's other nodes.",
		Verify:     "Wireshark: Telephony > RTP > RTP Streams, columns Lost and Mean Jitter; `stun.time > 0.1` for the media flow.",
	},
	Remediation: "Watch the site's trend; look for a link near its limit, Wi-Fi, or a detour before users complain.",
	Refs:        []string{qualityRef, "ITU-T G.114", "Cisco UC design practice: 1 % loss, 30 ms jitter, 150 ms one way"},
	Needs:       []string{"media_stream", "flow with stun", "capture_health that allows it"},
	Limits: []string{"WXA-QUA-001.max_percent", "WXA-QUA-002.max_ms", "WXA-QUA-003.max_ms", "WXA-QUA-003.min_answers", "WXA-QUA-004.jitter_bad_ms",
		"WXA-QUA-004.jitter_ms", "WXA-QUA-004.loss_bad_percent", "WXA-QUA-004.loss_percent", "WXA-QUA-004.rtt_bad_ms", "WXA-QUA-004.rtt_ms",
		"WXA-QUA-009.min_packets", "WXA-QUA-009.min_seconds"},
	Check: inBand,
}

// mark is one measure of a stream and whether it lies in the band, and in its upper half.
type mark struct {
	name    string
	value   float64
	text    string
	in, bad bool
	poor    bool // beyond the band
	conf    record.Confidence
}

func band(name string, value, from, bad, poor float64, text string, conf record.Confidence) mark {
	return mark{name, value, text, value >= from && value < poor, value >= bad, value >= poor, conf}
}

// marksOf measures a stream; missing is why its loss could not be judged.
func (p *Pass) marksOf(m *record.MediaStream, f *record.Flow) (list []mark, missing string) {
	lost, conf, missing := p.networkLoss(m)
	if missing == "" && lossDoubt(m, lost, p.limit("loss_percent")) {
		missing = captureMay
	}
	if missing == "" {
		v := percent(lost, m.Expected)
		list = append(list, band("loss", v, p.limit("loss_percent"), p.limit("loss_bad_percent"), p.limit("WXA-QUA-001.max_percent"), share(v), conf))
	}
	steps := slices.ContainsFunc(p.health, func(h *record.CaptureHealth) bool { return h.ClockSteps > 0 })
	if m.Kind == "audio" && m.JitterMeanMs != nil && !steps {
		conf := record.Confirmed
		if m.ClockSource != "known" {
			conf = record.Probable
		}
		v := *m.JitterMeanMs
		list = append(list, band("jitter", v, p.limit("jitter_ms"), p.limit("jitter_bad_ms"), p.limit("WXA-QUA-002.max_ms"), fmt.Sprintf("%.0f ms", v), conf))
	}
	if s := f.STUN; s != nil && s.RTTMs != nil && float64(s.Answered) >= p.limit("WXA-QUA-003.min_answers") {
		v := *s.RTTMs
		list = append(list, band("round trip", v, p.limit("rtt_ms"), p.limit("rtt_bad_ms"), p.limit("WXA-QUA-003.max_ms"), fmt.Sprintf("%.0f ms", v), record.Confirmed))
	}
	return list, missing
}

// warned are the streams in the band of one site or subnet.
type warned struct {
	*cause
	all   int64
	bad   bool
	worst map[string]mark
}

func (w *warned) add(m *record.MediaStream, f *record.Flow, list []mark) (in bool) {
	w.all++
	for _, x := range list {
		if !x.in {
			continue
		}
		in = true
		w.flow(f)
		w.sure(x.conf)
		w.bad = w.bad || x.bad
		if x.value >= w.worst[x.name].value {
			w.worst[x.name] = x
		}
	}
	if in {
		w.count++
	}
	return in
}

func (w *warned) text() string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(w.worst)) {
		words = append(words, k+" up to "+w.worst[k].text)
	}
	return strings.Join(words, ", ")
}

func inBand(p *Pass) {
	o := outcome{unit: "media stream", pass: "no stream is in the warning band", missing: longer}
	list, of, poor := causes{}, map[record.Subject]*warned{}, 0
	for m, f := range p.quality {
		o.seen++
		if !p.enough(m) {
			continue
		}
		s := p.subject(f.ClientAddr())
		if of[s] == nil {
			of[s] = &warned{cause: list.at(s), worst: map[string]mark{}}
		}
		marks, missing := p.marksOf(m, f)
		if slices.ContainsFunc(marks, func(x mark) bool { return x.poor }) {
			poor++
		}
		if in := of[s].add(m, f, marks); missing != "" && !in {
			o.missing = missing
			continue
		}
		o.judged++
	}
	if poor > 0 {
		o.pass += fmt.Sprintf(", %d beyond it (WXA-QUA-001 to 003)", poor)
	}
	for c := range list.each {
		w := of[c.subject]
		if w.count == 0 {
			continue
		}
		state := record.Warn
		if w.bad {
			state = record.Fail
		}
		p.report(c, verdict{state: state,
			summary: fmt.Sprintf("%d of %s of %s in %s in the warning band: %s", w.count, count(w.all, "media stream"),
				count(len(c.clients), "client"), where(c.subject), w.text()),
			expected: fmt.Sprintf("loss below %s, jitter below %s ms, round trip below %s ms", share(p.limit("loss_percent")), number(p.limit("jitter_ms")), number(p.limit("rtt_ms"))),
			actual:   w.text(), evidence: p.cite("interval-series", c.largest(), p.bandFields)})
	}
	p.conclude(o)
}

func (p *Pass) bandFields(f *record.Flow) map[string]string {
	m := p.qualityFields(f)
	for k, v := range roundTrip(f) {
		m[k] = v
	}
	return m
}
