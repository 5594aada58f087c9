package catalogue

import (
	"fmt"
	"net/netip"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var timeRequests = audit.NewLimit("WXA-SIG-003.min_requests", "requests", 5, 3, 2, 1, 1000,
	"ours: single packets get lost",
	"minimum number of NTP requests of a device without usable answer")

var sig003 = &audit.Rule{
	ID: "WXA-SIG-003", Title: "Devices get no time", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Phones or room devices ask for the time (NTP) and get no answer, or none that they can use.",
		Why: "With a wrong clock every certificate looks expired or not yet valid: the device cannot register after " +
			"its next restart.",
		Trigger: "At least min_requests NTP requests of a phone or room device (declared, or shown by its Webex " +
			"flows) without any answer from any server; or answers only that refuse (kiss-o'-death) or come from a " +
			"clock that is not synchronised.",
		LookAlikes: "Devices that reach activation.webex.com take their time from there as well: silent. A device " +
			"that is up asks every quarter of an hour at most, so that a capture without a request proves nothing: " +
			"not assessable. Computers have their time from their domain. Requests in the last settle_seconds " +
			"still wait, and where only one direction is visible silence proves nothing.",
		Verify: "Wireshark: `ip.addr == PHONE && ntp.flags.mode == 3` against `ip.addr == PHONE && ntp.flags.mode " +
			"== 4`; `ntp.stratum == 0 || ntp.flags.li == 3`.",
	},
	Remediation: "Give the devices a time server inside by DHCP (option 42), or allow UDP 123 to the Internet.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: UDP 123", "RFC 5905 section 7.4"},
	Rows:        []string{"names"},
	Needs:       []string{"flow with ntp", "phones or room devices", "both directions"},
	Thresholds:  []*audit.Limit{settle, timeRequests},
	Reads:       audit.ReadAll,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &deviceClocks{env: e, declared: e.Site.Declares(site.Phone) || e.Site.Declares(site.RoomDevice),
			clocks: audit.NewTable(maxDevices, netip.Addr.Compare,
				func(a netip.Addr) *deviceClock { return &deviceClock{requests: e.NewPart(e.SubjectOf(a))} },
				func(into, from *deviceClock) {
					into.device, into.sees = into.device || from.device, into.sees || from.sees
					into.useless, into.good = into.useless+from.useless, into.good+from.good
					into.requests.Merge(from.requests, &timeCitation)
				})}
	}),
}

const (
	maxDevices = 20_000                  // clients whose requests are kept
	activation = "webex-name-activation" // the pack's row of the host that activates devices and sets their time
)

var timeCitation = audit.Citation{Kind: "absence", Keys: []string{"ntp-request", "ntp-answer", "icmp-error"},
	Fields: func(f *observe.Flow) map[string]string {
		m := map[string]string{"requests": fmt.Sprint(f.NTP.Requests), "answered": fmt.Sprint(f.NTP.Answered)}
		if f.NTP.Kiss != "" {
			m["kiss"] = f.NTP.Kiss
		}
		return m
	}}

// deviceClock is what a client heard of the time.
type deviceClock struct {
	device, sees  bool
	useless, good int64
	requests      *audit.Group
}

type deviceClocks struct {
	env      *audit.Env
	declared bool
	clocks   audit.Table[netip.Addr, deviceClock]
}

// Add implements audit.Fold.
func (d *deviceClocks) Add(f *observe.Flow) {
	asks := f.NTP != nil && f.From == f.SrcIP
	activated := f.NTP == nil && slices.Contains(f.SignatureIDs, activation) && f.PayloadBytesRev > 0
	device := d.isDevice(f)
	if !asks && !activated && !device {
		return
	}
	c := d.clocks.At(f.From)
	c.device, c.sees = c.device || device, c.sees || f.Sees
	switch {
	case asks:
		c.good += max(f.NTP.Answered+f.NTP.Stray-f.NTP.NoTime, 0)
		c.useless += f.NTP.NoTime
		if f.Settled(d.env.Value(settle)) {
			c.requests.Count += f.NTP.Requests
			c.requests.Host(f.Server().Addr().String())
			c.requests.Flow(d.env, f, &timeCitation)
		}
	case activated:
		c.good++
	}
}

// isDevice reports whether the client is a phone or room device, by its flow or its declaration.
func (d *deviceClocks) isDevice(f *observe.Flow) bool {
	if f.Webex && f.Confidence != record.Possible && (f.Device == "phone" || f.Device == "room-device") {
		return true
	}
	if !d.declared {
		return false
	}
	role := d.env.Site.Role(f.From)
	return role == site.Phone || role == site.RoomDevice
}

// Merge implements audit.Fold.
func (d *deviceClocks) Merge(o audit.Fold) { d.clocks.Merge(&o.(*deviceClocks).clocks) }

// Close implements audit.Fold.
func (d *deviceClocks) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "phone or room device", Many: "phones or room devices"},
		Pass: wording.New("sig003.pass", "devices get the time"),
		Missing: wording.New("sig003.missing",
			"requests for the time: a capture that begins before the devices start, or lasts an hour"),
	}
	groups := audit.NewGroups(&timeCitation)
	for _, c := range d.clocks.All {
		if !c.device {
			continue
		}
		o.Seen++
		asked := c.requests.Count
		switch {
		case c.good > 0:
			o.Judged++
		case float64(asked) >= s.Value(timeRequests) && (c.useless > 0 || c.sees):
			o.Judged++
			g := groups.At(c.requests.Subject)
			g.Join(c.requests, &timeCitation)
			g.Sum("without answer", asked-min(c.useless, asked))
			g.Sum("useless", c.useless)
			g.Raise(record.Probable)
			if c.useless > 0 {
				g.Raise(record.Confirmed)
			}
		}
	}
	for g := range groups.All {
		actual := wording.New("sig003.actual", "%d without answer, %d with an answer without usable time",
			g.Sums["without answer"], g.Sums["useless"])
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("sig003.fail", "%s of %s in %s to %s: %s", wording.Count(g.Count, "NTP request",
				"NTP requests"),
				wording.Count(g.Clients.Len(), "device", "devices"), subject(g), hosts(g), actual),
			Expected: wording.New("sig003.expected", "the time from a synchronised server"),
			Actual:   actual,
		})
	}
	s.Conclude(o)
}
