package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	maxSteps = audit.NewLimit("WXA-CAP-007.max_steps", "steps", 10, 0, 0, 0, 1e9, "ours: a clock that is slewed never steps back",
		"steps of the clock back by more than 1 ms")
	shortCapture = audit.NewLimit("WXA-CAP-010.within_minutes", "min", 2, 10, 30, 0, 1e6, "ours: idle timers are of minutes",
		"span of the capture below which it is short")
)

var cap007 = &audit.Rule{
	ID: "WXA-CAP-007", Title: "Clock of the sensor steps back", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Time stamps of one interface go back by more than a millisecond.",
		Why: "Delay, jitter and gaps are differences of time stamps: where the clock was set they are " +
			"wrong, and nothing else tells it.",
		Trigger: "More than max_steps steps back of more than 1 ms between consecutive packets of one " +
			"interface of a file. An offset between the clocks of two interfaces, or of two sensors, " +
			"cannot be told from one passive capture without a packet that passed both, and is not " +
			"judged.",
		LookAlikes: "Files that were joined without sorting (mergecap -a) step back once at each seam; packets " +
			"of two interfaces in one file may be out of order by the time between their buffers and are " +
			"compared for each interface only.",
		Verify: "Wireshark: `frame.time_delta < 0`; reordercap -n IN OUT counts the packets out of order.",
	},
	Remediation: "Let the sensor's clock follow NTP or PTP by slewing, not by steps; sort joined files with " +
		"mergecap or reordercap.",
	Refs:       []string{"RFC 5905 section 10 (step and slew)"},
	Needs:      []string{"capture_health"},
	Thresholds: []*audit.Limit{maxSteps},
	Judge: audit.Whole(func(s *audit.Scope) {
		o := audit.Outcome{Of: captures, Pass: wording.New("cap007.pass", "time runs forward"),
			Missing: wording.New("cap007.missing", "packets with time stamps"), Absent: wording.New("cap.absent", "no packets")}
		for _, h := range s.Health {
			if h.Packets == 0 {
				continue
			}
			o.Seen++
			if h.EndTime.IsZero() {
				continue
			}
			o.Judged++
			if float64(h.ClockSteps) <= s.Value(maxSteps) {
				continue
			}
			s.Report(captureGroup(s, h, h.ClockSteps), audit.Verdict{
				State: record.Fail,
				Summary: wording.New("cap007.fail", "the time stamps step back by more than 1 ms %s in %d packets",
					wording.Count(h.ClockSteps, "time", "times"), h.Packets),
				Expected: wording.New("cap007.expected", "no more than %s steps back", wording.Decimal(s.Value(maxSteps))),
				Actual:   wording.New("cap007.actual", "%s back", wording.Count(h.ClockSteps, "step", "steps")),
				Evidence: counters(h, counter{"clock_steps", &h.ClockSteps}),
			})
		}
		s.Conclude(o)
	}),
}

var cap010 = &audit.Rule{
	ID: "WXA-CAP-010", Title: "Capture is short", Severity: record.Info,
	Doc: audit.Doc{
		What: "The capture covers only a short time.",
		Why: "Rules about idle timers, reconnects and trends (WXA-CAL-006, WXA-NAT-001, WXA-PRX-003, " +
			"WXA-SIG-007) can hardly fire in it: their silence says little.",
		Trigger: "Webex traffic in a capture that spans less than within_minutes from its first packet to its " +
			"last, all files together. It accuses nobody: it is not-assessable then.",
		LookAlikes: "Files that follow each other count as one capture. A short capture answers most questions " +
			"about transport, marks and inspection as well as a long one.",
		Verify: "Wireshark: Statistics > Capture File Properties, Elapsed.",
	},
	Remediation: "For idle timers and trends capture ten minutes or more, best a working hour.",
	Refs:        []string{"RFC 4787 section 4.3: timers of minutes"},
	Needs:       []string{"capture_health or flow"},
	Thresholds:  []*audit.Limit{shortCapture},
	Reads:       audit.ReadAll,
	Judge:       audit.Custom(func(*audit.Env) audit.Fold { return &length{} }),
}

// length is the time from the first packet to the last.
type length struct{ first, last record.Time }

func (l *length) span(first, last record.Time) {
	if !first.IsZero() && (l.first.IsZero() || first < l.first) {
		l.first = first
	}
	l.last = max(l.last, last)
}

// Add implements audit.Fold.
func (l *length) Add(f *observe.Flow) { l.span(f.StartTime, f.EndTime) }

// Merge implements audit.Fold.
func (l *length) Merge(o audit.Fold) { l.span(o.(*length).first, o.(*length).last) }

// Close implements audit.Fold.
func (l *length) Close(s *audit.Scope) {
	o := audit.Outcome{Of: captures, Pass: wording.New("cap010.pass", "long enough for timers and trends"),
		Missing: wording.New("cap007.missing", "packets with time stamps"), Absent: noWebex}
	for _, h := range s.Health {
		l.span(h.StartTime, h.EndTime)
	}
	if s.Webex > 0 {
		o.Seen = 1
	}
	if seconds := l.last.Sub(l.first).Seconds(); s.Webex > 0 && !l.first.IsZero() && !l.last.IsZero() {
		if seconds >= 60*s.Value(shortCapture) {
			o.Judged = 1
		}
		o.Missing = wording.New("cap010.missing", "%s or more for idle timers and trends; the capture covers %s",
			wording.Seconds(60*s.Value(shortCapture)), wording.Seconds(seconds))
	}
	s.Conclude(o)
}
