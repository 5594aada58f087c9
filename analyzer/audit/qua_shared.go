package audit

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

var qua013 = &Rule{
	ID: "WXA-QUA-013", Title: "Several clients suffer at the same time", Severity: record.Medium,
	Doc: Doc{
		What:       "Media of several clients degrades within the same ten seconds, and they share the media range of the cloud or the egress.",
		Why:        "One client's trouble is its access; what hits many at once is the path that they share. It tells whom to ask.",
		Trigger:    "In a window of ten seconds at least min_clients clients, and min_percent of those with media in that direction, lose max_percent or more or have a mean jitter of WXA-QUA-002.max_ms or more, to or from one published range, or behind one public address (as STUN answers tell) where they use several ranges.",
		LookAlikes: "Loss of the capture hits all clients alike, too: rows in which the capture lost packets are left out, and where capture loss has no place nothing is judged. In a large meeting a few clients with poor Wi-Fi coincide by chance: hence the share of all clients.",
		Verify:     "Wireshark: Statistics > I/O Graphs with one line for each client's media, as `ip.dst == CLIENT && rtp`; the dips coincide. Telephony > RTP > Stream Analysis at that time.",
	},
	Remediation: "Look at what they share: the Internet uplink or its policer, the provider, the peering with the named range, the site's WAN link.",
	Refs:        []string{qualityRef},
	Needs:       []string{"media_interval of ten seconds", "three clients with media at the same time", "capture_health that allows it"},
	Limits:      []string{"WXA-QUA-002.max_ms", "WXA-QUA-013.max_percent", "WXA-QUA-013.min_clients", "WXA-QUA-013.min_percent"},
	Check:       sharedFate,
}

// window is ten seconds of what clients share, in one direction.
type window struct {
	at      record.Time
	subject record.Subject
	up      bool
}

// fate is who had media in a window and who suffered.
type fate struct {
	all, hit map[netip.Addr]*record.Flow
	how      map[netip.Addr]string // a row of who suffered, in words
	prefixes map[string]bool
}

// shares are what a flow has in common with others: range and public address.
func shares(f *record.Flow) (list []record.Subject) {
	if f.Prefix != "" {
		list = append(list, record.Subject{Kind: "prefix", Key: f.Prefix})
	}
	if f.STUN != nil && len(f.STUN.Mapped) > 0 {
		if a, err := netip.ParseAddrPort(f.STUN.Mapped[0]); err == nil {
			list = append(list, record.Subject{Kind: "egress", Key: a.Addr().String()})
		}
	}
	return list
}

// suffers reports whether the row is poor.
func (p *Pass) suffers(m *record.MediaStream, r *record.MediaInterval) bool {
	return r.Expected > 0 && percent(r.Lost, r.Expected) >= p.limit("max_percent") ||
		m.Kind == "audio" && r.JitterMeanMs != nil && *r.JitterMeanMs >= p.limit("WXA-QUA-002.max_ms")
}

// rowText is what was wrong in ten seconds of a stream.
func rowText(r *record.MediaInterval) string {
	text := fmt.Sprintf("%s: %d of %d lost", r.StartTime.Time().Format("15:04:05"), r.Lost, r.Expected)
	if r.JitterMeanMs != nil {
		text += fmt.Sprintf(", jitter %.0f ms", *r.JitterMeanMs)
	}
	return text
}

// leastRow is how many packets a row of ten seconds must expect before its share of loss says anything.
const leastRow = 100

func (p *Pass) fates() map[window]*fate {
	all := map[window]*fate{}
	for m, f := range p.quality {
		for _, r := range p.rows(m.StreamID, 10) {
			if r.Expected < leastRow {
				continue
			}
			for _, s := range shares(f) {
				w := window{r.StartTime, s, m.Upstream}
				x := all[w]
				if x == nil {
					x = &fate{map[netip.Addr]*record.Flow{}, map[netip.Addr]*record.Flow{}, map[netip.Addr]string{}, map[string]bool{}}
					all[w] = x
				}
				if r.CaptureLost > 0 {
					continue
				}
				x.all[f.ClientAddr()] = f
				if p.suffers(m, r) {
					x.hit[f.ClientAddr()], x.how[f.ClientAddr()] = f, rowText(r)
					x.prefixes[f.Prefix] = true
				}
			}
		}
	}
	return all
}

// struck reports whether so many suffered that it is no chance; of an egress only where it is not the range.
func (p *Pass) struck(w window, x *fate) bool {
	return float64(len(x.hit)) >= p.limit("min_clients") && percent(len(x.hit), len(x.all)) >= p.limit("min_percent") &&
		(w.subject.Kind == "prefix" || len(x.prefixes) > 1)
}

func sharedFate(p *Pass) {
	o := outcome{unit: "window of ten seconds", pass: "clients do not suffer together", missing: "media of at least three clients at the same time, through one range or egress, of which the capture lost nothing",
		absent: "no media streams over UDP with rows of ten seconds"}
	all := p.fates()
	keys := slices.SortedFunc(maps.Keys(all), func(a, b window) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.subject.Kind, b.subject.Kind), cmp.Compare(a.subject.Key, b.subject.Key), cmp.Compare(fmt.Sprint(a.up), fmt.Sprint(b.up)))
	})
	list, wide, how := causes{}, map[string]bool{}, map[string]string{}
	for _, w := range keys { // "egress" comes before "prefix"
		x := all[w]
		o.seen++
		if p.lossGate != "" {
			o.missing = p.lossGate
			continue
		}
		if float64(len(x.all)) < p.limit("min_clients") {
			continue
		}
		o.judged++
		when := fmt.Sprint(w.at, w.up)
		if !p.struck(w, x) || wide[when] {
			continue
		}
		wide[when] = wide[when] || w.subject.Kind == "egress"
		p.strike(list.at(w.subject), w, x, how)
	}
	for c := range list.each {
		c.sure(record.Probable)
		if c.count > 1 {
			c.sure(record.Confirmed)
		}
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("media of %s through %s degraded together in %s (%d from clients, %d from the cloud), first at %s", count(len(c.clients), "client"),
				where(c.subject), count(c.count, "window of ten seconds"), c.n["up"], c.n["down"], record.Time(c.n["first"]).Time().Format("15:04:05")),
			expected: "no common trouble", actual: fmt.Sprintf("up to %s at once", count(c.n["most"], "client")),
			evidence: p.cite("interval-series", c.largest(), func(f *record.Flow) map[string]string { return map[string]string{"row": how[f.FlowID]} })})
	}
	p.conclude(o)
}

func (p *Pass) strike(c *cause, w window, x *fate, how map[string]string) {
	c.count++
	if c.n["first"] == 0 {
		c.n["first"] = int64(w.at) // windows come in order
	}
	direction := "down"
	if w.up {
		direction = "up"
	}
	c.n[direction]++
	c.n["most"] = max(c.n["most"], int64(len(x.hit)))
	for _, a := range slices.SortedFunc(maps.Keys(x.hit), netip.Addr.Compare) {
		c.flow(x.hit[a])
		if id := x.hit[a].FlowID; how[id] == "" {
			how[id] = x.how[a]
		}
	}
}
