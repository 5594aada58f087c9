package audit

import (
	"fmt"
	"strconv"
	"time"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// What rules of the older form share with those of media in the catalogue.

const openUDP = "Allow UDP 5004 and UDP 9000 from the clients to the published Webex media subnets at the firewall, with return traffic."

// volumeLimits separate media from probes on TCP and TLS.
func volumeLimits(more ...string) []string {
	return append([]string{"WXA-MED-001.min_bytes", "WXA-MED-001.min_seconds", "WXA-MED-001.min_windows"}, more...)
}

// isCarried reports whether a flow of a media function holds media at all, on whatever transport.
func (p *Pass) isCarried(f *record.Flow) bool {
	if f.Transport == record.UDP {
		return len(p.streamsOf[f.FlowID]) > 0
	}
	media, _, _ := p.sustained(f)
	return media
}

// mediaLike: media, or what would be a test if it were not long and large, with a cadence that nobody measured.
func (p *Pass) mediaLike(f *record.Flow) bool {
	if f.Function == record.ReachProbe {
		_, unclear, _ := p.sustained(f)
		return unclear
	}
	return f.Function.IsMedia()
}

// sustained judges whether a flow over TCP or TLS carries media: by its duration, its volume and its cadence. Unclear is a
// flow that has the first two but whose cadence was not measured.
func (p *Pass) sustained(f *record.Flow) (media, unclear bool, conf record.Confidence) {
	long := f.EndTime.Sub(f.StartTime) >= time.Duration(p.value("WXA-MED-001.min_seconds")*float64(time.Second))
	if !long || float64(f.Down().PayloadBytes) < p.value("WXA-MED-001.min_bytes") {
		return false, false, ""
	}
	if f.MediaPattern == nil {
		return false, true, ""
	}
	conf = f.Confidence
	if conf == "" {
		conf = record.Probable
	}
	least := int(p.value("WXA-MED-001.min_windows"))
	switch {
	case f.MediaPattern.MediaBoth >= least:
		return true, false, conf
	case f.MediaPattern.MediaBoth+f.MediaPattern.MediaOne >= least:
		return true, false, conf.Lower()
	}
	return false, false, ""
}

func cadence(f *record.Flow) map[string]string {
	m := map[string]string{"seconds": strconv.FormatFloat(f.EndTime.Sub(f.StartTime).Seconds(), 'f', 1, 64)}
	if r := f.MediaPattern; r != nil {
		m["windows"] = strconv.Itoa(r.Windows)
		m["media_both"], m["media_one"] = strconv.Itoa(r.MediaBoth), strconv.Itoa(r.MediaOne)
		m["rate_fwd"], m["rate_rev"] = fmt.Sprintf("%.1f", r.RateFwd), fmt.Sprintf("%.1f", r.RateRev)
	}
	return m
}

func overTCP(t record.Transport) bool { return observe.OverTCP(t) }

func refused(f *record.Flow) bool { return observe.Refused(f) }

func relays(f *record.Flow) bool { return observe.Relays(f) }

func stunFields(f *record.Flow) map[string]string {
	return map[string]string{"requests": fmt.Sprint(f.STUN.Requests), "answered": fmt.Sprint(f.STUN.Answered),
		"retries": fmt.Sprint(f.STUN.Retries), "prefix": f.Prefix}
}

func (p *Pass) unpublished(f *record.Flow) bool { return observe.Unpublished(p.site, f) }

// unlisted adds a flow to the cause of its server's subnet.
func (p *Pass) unlisted(list causes, f *record.Flow) *cause {
	server := f.Server().Addr()
	c := list.at(record.Subject{Kind: "prefix", Key: p.site.Subject(server)})
	c.flow(f)
	c.count++
	c.host(server.String())
	c.sure(f.Confidence)
	if f.Retired != "" {
		c.n[f.Retired]++
	}
	return c
}
