package audit

import (
	"fmt"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

var sig003 = &Rule{
	ID: "WXA-SIG-003", Title: "Devices get no time", Severity: record.Medium,
	Doc: Doc{
		What:       "Phones or room devices ask for the time (NTP) and get no answer, or none that they can use.",
		Why:        "With a wrong clock every certificate looks expired or not yet valid: the device cannot register after its next restart.",
		Trigger:    "At least min_requests NTP requests of a phone or room device (declared, or shown by its Webex flows) without any answer from any server; or answers only that refuse (kiss-o'-death) or come from a clock that is not synchronised.",
		LookAlikes: "Devices that reach activation.webex.com take their time from there as well: silent. A device that is up asks every quarter of an hour at most, so that a capture without a request proves nothing: not assessable. Computers have their time from their domain. Requests in the last settle_seconds still wait, and where only one direction is visible silence proves nothing.",
		Verify:     "Wireshark: `ip.addr == PHONE && ntp.flags.mode == 3` against `ip.addr == PHONE && ntp.flags.mode == 4`; `ntp.stratum == 0 || ntp.flags.li == 3`.",
	},
	Remediation: "Give the devices a time server inside by DHCP (option 42), or allow UDP 123 to the Internet.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: UDP 123", "RFC 5905 section 7.4"},
	Needs:       []string{"flow with ntp", "phones or room devices", "both directions"},
	Limits:      []string{"WXA-MED-004.settle_seconds", "WXA-SIG-003.min_requests"},
	Check:       noTime,
}

// activation is the pack's row of the host that activates devices and sets their time.
const activation = "webex-name-activation"

// clock is what a device heard of the time.
type clock struct {
	asked, useless, good int64
	flows                []*record.Flow
}

// devices are the phones and room devices of the capture.
func (p *Pass) devices() map[netip.Addr]*clock {
	m := map[netip.Addr]*clock{}
	declared := p.site.Declares(site.Phone) || p.site.Declares(site.RoomDevice)
	for _, f := range p.flows {
		shown := f.Webex && f.Confidence != record.Possible && (f.Device == "phone" || f.Device == "room-device")
		if !shown && !declared || m[f.ClientAddr()] != nil {
			continue
		}
		if role := p.site.Role(f.ClientAddr()); shown || role == site.Phone || role == site.RoomDevice {
			m[f.ClientAddr()] = &clock{}
		}
	}
	return m
}

func noTime(p *Pass) {
	o := outcome{unit: "phone or room device", pass: "devices get the time", missing: "requests for the time: a capture that begins before the devices start, or lasts an hour"}
	devices := p.devices()
	settled := p.end - record.Time(p.limit("WXA-MED-004.settle_seconds")*1e9)
	for _, f := range p.flows {
		if len(devices) == 0 {
			break
		}
		d := devices[f.ClientAddr()]
		switch {
		case d == nil:
		case f.NTP != nil && f.ClientAddr() == f.SrcIP:
			d.good += max(f.NTP.Answered+f.NTP.Stray-f.NTP.NoTime, 0)
			d.useless += f.NTP.NoTime
			if f.StartTime <= settled {
				d.asked += f.NTP.Requests
				d.flows = append(d.flows, f)
			}
		case slices.Contains(f.SignatureIDs, activation) && f.PayloadBytesRev > 0:
			d.good++
		}
	}
	list := causes{}
	for addr, d := range devices {
		o.seen++
		switch {
		case d.good > 0:
			o.judged++
		case float64(d.asked) >= p.limit("min_requests") && (d.useless > 0 || p.sees(addr)):
			o.judged++
			c := list.at(p.subject(addr))
			for _, f := range d.flows {
				c.flow(f)
				c.host(f.Server().Addr().String())
			}
			c.count += d.asked
			c.n["requests without answer"] += d.asked - min(d.useless, d.asked)
			c.n["answers without usable time"] += d.useless
			c.sure(record.Probable)
			if d.useless > 0 {
				c.sure(record.Confirmed)
			}
		}
	}
	for c := range list.each {
		c.sortFlows()
		actual := fmt.Sprintf("%d without answer, %d with an answer without usable time", c.n["requests without answer"], c.n["answers without usable time"])
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s of %s in %s to %s: %s", count(c.count, "NTP request"), count(len(c.clients), "device"), where(c.subject),
				some(slices.Clone(c.hostList())), actual),
			expected: "the time from a synchronised server", actual: actual, evidence: p.citeKeys("absence", c.flows, ntpFields, "ntp-request", "ntp-answer", "icmp-error")})
	}
	p.conclude(o)
}

func ntpFields(f *record.Flow) map[string]string {
	m := map[string]string{"requests": fmt.Sprint(f.NTP.Requests), "answered": fmt.Sprint(f.NTP.Answered)}
	if f.NTP.Kiss != "" {
		m["kiss"] = f.NTP.Kiss
	}
	return m
}
