package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

// grade is what a rule makes of one stream.
type grade struct {
	value   float64 // the larger the worse
	poor    bool
	conf    record.Confidence
	missing string // what it would take to judge the stream; "" where it was judged
}

// grades judges the streams that the rule speaks of, as far as they are long enough, and gathers the poor ones.
func (p *Pass) grades(o *outcome, speaks func(*record.MediaStream) bool, judge func(*record.MediaStream, *record.Flow) grade) scale {
	list := scale{}
	for m, f := range p.quality {
		if !speaks(m) {
			continue
		}
		o.seen++
		if !p.enough(m) {
			continue
		}
		g := judge(m, f)
		if g.missing != "" {
			o.missing = g.missing
			continue
		}
		o.judged++
		c := list.at(p.subject(f.ClientAddr()))
		c.all++
		if g.poor {
			c.poor(m, f, g.value, g.conf)
		}
	}
	return list
}

// anyStream is for rules that speak of audio, video and share alike.
func anyStream(*record.MediaStream) bool { return true }

// ofKind is for rules that speak of one kind of stream.
func ofKind(kind string) func(*record.MediaStream) bool {
	return func(m *record.MediaStream) bool { return m.Kind == kind }
}

// networkLoss is what the network lost of a stream at least, and how sure that is. Where the capture's own loss cannot be told from it, missing
// says so.
func (p *Pass) networkLoss(m *record.MediaStream) (lost int64, conf record.Confidence, missing string) {
	switch {
	case p.lossGate != "":
		return 0, "", p.lossGate
	case m.Expected <= 0:
		return 0, "", "streams with sequence numbers"
	case m.CaptureLost == 0:
		return m.Lost, record.Confirmed, ""
	case m.LostLow != nil:
		return *m.LostLow, record.Probable, ""
	}
	return m.Lost, record.Probable, ""
}

// lossDoubt reports whether what the capture lost could lift a stream over a limit, in percent, that it does not reach for sure.
func lossDoubt(m *record.MediaStream, sure int64, limit float64) bool {
	return m.CaptureLost > 0 && m.LostHigh != nil && percent(sure, m.Expected) < limit && percent(*m.LostHigh, m.Expected) >= limit
}

// streamFields shows of a flow what one rule looks at: the value of its worst stream.
func (p *Pass) streamFields(name string, of func(*record.MediaStream) (worse float64, text string)) func(*record.Flow) map[string]string {
	return func(f *record.Flow) map[string]string {
		m, worst := map[string]string{}, 0.0
		for _, s := range p.streamsOf[f.FlowID] {
			if v, text := of(s); text != "" && (m[name] == "" || v > worst) {
				worst, m[name] = v, text
				m["ssrc"] = fmt.Sprintf("0x%08x", s.SSRC)
			}
		}
		return m
	}
}
