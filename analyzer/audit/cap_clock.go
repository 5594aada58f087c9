package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

var cap007 = &Rule{
	ID: "WXA-CAP-007", Title: "Clock of the sensor steps back", Severity: record.Medium,
	Doc: Doc{
		What:       "Time stamps of one interface go back by more than a millisecond.",
		Why:        "Delay, jitter and gaps are differences of time stamps: where the clock was set they are wrong, and nothing else tells it.",
		Trigger:    "More than max_steps steps back of more than 1 ms between consecutive packets of one interface of a file. An offset between the clocks of two interfaces, or of two sensors, cannot be told from one passive capture without a packet that passed both, and is not judged.",
		LookAlikes: "Files that were joined without sorting (mergecap -a) step back once at each seam; packets of two interfaces in one file may be out of order by the time between their buffers and are compared for each interface only.",
		Verify:     "Wireshark: `frame.time_delta < 0`; reordercap -n IN OUT counts the packets out of order.",
	},
	Remediation: "Let the sensor's clock follow NTP or PTP by slewing, not by steps; sort joined files with mergecap or reordercap.",
	Refs:        []string{"RFC 5905 section 10 (step and slew)"},
	Needs:       []string{"capture_health"},
	Limits:      []string{"WXA-CAP-007.max_steps"},
	Check: func(p *Pass) {
		o := outcome{unit: "capture", pass: "time runs forward", missing: "packets with time stamps", absent: "no packets"}
		for _, h := range p.health {
			if h.Packets == 0 {
				continue
			}
			o.seen++
			if h.EndTime.IsZero() {
				continue
			}
			o.judged++
			if float64(h.ClockSteps) > p.limit("max_steps") {
				p.report(p.captureCause(h, h.ClockSteps), verdict{state: record.Fail,
					summary:  fmt.Sprintf("the time stamps step back by more than 1 ms %s in %d packets", count(h.ClockSteps, "time"), h.Packets),
					expected: fmt.Sprintf("no more than %.0f steps back", p.limit("max_steps")), actual: count(h.ClockSteps, "step") + " back",
					evidence: []record.Evidence{counters(h, "clock_steps", h.ClockSteps)}})
			}
		}
		p.conclude(o)
	},
}

var cap010 = &Rule{
	ID: "WXA-CAP-010", Title: "Capture is short", Severity: record.Info,
	Doc: Doc{
		What:       "The capture covers only a short time.",
		Why:        "Rules about idle timers, reconnects and trends (WXA-CAL-006, WXA-NAT-001, WXA-PRX-003, WXA-SIG-007) can hardly fire in it: their silence says little.",
		Trigger:    "Webex traffic in a capture that spans less than within_minutes from its first packet to its last, all files together. It accuses nobody: it is not-assessable then.",
		LookAlikes: "Files that follow each other count as one capture. A short capture answers most questions about transport, marks and inspection as well as a long one.",
		Verify:     "Wireshark: Statistics > Capture File Properties, Elapsed.",
	},
	Remediation: "For idle timers and trends capture ten minutes or more, best a working hour.",
	Refs:        []string{"RFC 4787 section 4.3: timers of minutes"},
	Needs:       []string{"capture_health or flow"},
	Limits:      []string{"WXA-CAP-010.within_minutes"},
	Check:       tooShort,
}

func tooShort(p *Pass) {
	o := outcome{unit: "capture", pass: "long enough for timers and trends", missing: "packets with time stamps", absent: "no Webex traffic in this capture"}
	c := newCause(record.Subject{Kind: "run", Key: "all"})
	for _, h := range p.health {
		c.span(h.StartTime, h.EndTime)
	}
	for _, f := range p.flows {
		c.span(f.StartTime, f.EndTime)
	}
	if len(p.webex) > 0 {
		o.seen = 1
		if seconds := c.last.Sub(c.first).Seconds(); !c.first.IsZero() && !c.last.IsZero() {
			if seconds >= 60*p.limit("within_minutes") {
				o.judged = 1
			}
			o.missing = fmt.Sprintf("%s min or more for idle timers and trends; the capture covers %s", number(p.limit("within_minutes")), minutes(seconds))
		}
	}
	p.conclude(o)
}
