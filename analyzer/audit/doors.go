package audit

import (
	"fmt"
	"maps"
	"slices"

	"webexaudit/analyzer/record"
)

// knock is what became of a TCP connection to a port that ought to be open: "" where it opened or cannot be judged.
func (p *Pass) knock(f *record.Flow) (failed string, opened bool) {
	switch t := f.TCP; {
	case t == nil || t.SYN == 0:
		return "", f.PayloadBytesFwd > 0 && f.PayloadBytesRev > 0
	case t.SYNACK:
		return "", true
	case t.ResetBy == "rev":
		return "reset", false
	case refused(f):
		return "refused by ICMP", false
	case f.PacketsRev == 0 && f.StartTime <= p.end-record.Time(p.limit("WXA-MED-004.settle_seconds")*1e9) && (p.sees(f.ClientAddr()) || p.both[f.SrcIP]):
		return "silence", false
	}
	return "", false
}

// door gathers the connections to what a rule calls one door: a port of a host, or a service as a site reaches it.
type door struct {
	*cause
	opened int
	ways   map[string]int64
}

func (d *door) how() string {
	var words []string
	for _, w := range slices.Sorted(maps.Keys(d.ways)) {
		words = append(words, fmt.Sprintf("%d × %s", d.ways[w], w))
	}
	return some(words)
}

// shut tells which doors never opened although at least min_tries connections were tried.
func (p *Pass) shut(o *outcome, flows []*record.Flow, at func(f *record.Flow) record.Subject) []*door {
	doors := map[record.Subject]*door{}
	list := causes{}
	for _, f := range flows {
		o.seen++
		s := at(f)
		d := doors[s]
		if d == nil {
			d = &door{cause: list.at(s), ways: map[string]int64{}}
			doors[s] = d
		}
		failed, opened := p.knock(f)
		if opened {
			d.opened++
			o.judged++
		}
		if failed != "" {
			d.ways[failed]++
			d.flow(f)
			d.count++
		}
	}
	var closed []*door
	for c := range list.each {
		if d := doors[c.subject]; d.opened == 0 && float64(d.count) >= p.limit("min_tries") {
			d.sure(record.Probable)
			if d.ways["silence"] < d.count || d.count >= 2*int64(p.limit("min_tries")) {
				d.sure(record.Confirmed)
			}
			closed = append(closed, d)
		}
	}
	return closed
}

func tcpFields(f *record.Flow) map[string]string {
	m := map[string]string{"syn": fmt.Sprint(f.TCP.SYN)}
	if f.TCP.ResetTTL != nil {
		m["reset_ttl"] = fmt.Sprint(*f.TCP.ResetTTL)
	}
	return m
}
