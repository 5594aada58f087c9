package view

import (
	"webexaudit/analyzer/record"
)

// Detail is what reports of many pages show beyond the View: each call judged, matrices, inventories, distributions and
// each rule. It is computed from all records of a run.
type Detail struct {
	Calls    []*Call // worst verdict first, then longest
	CallsBy  []CallVerdictCount
	Reach    ReachMatrix
	Marks    MarkMatrix
	TLS      []*TLSGroup // signs of inspection first, then by name
	TLSOther int         // handshakes that are not Webex and show no sign of inspection: left out
	Proxies  []*Proxy
	Quality  []*Distribution
	Rules    []*Rule
	States   []StateCount // of the rules
	Open     []OpenNeed
	Services []*ServiceTable // Calling, Expressway and Mesh, where they were seen
	Limits   Limits
}

// details is a Detail in the making: the records by what they are looked up by.
type details struct {
	Detail
	v       *View
	set     *record.Set
	flows   excerpts
	streams map[string]*record.MediaStream
	rows    map[string][]*record.MediaInterval // by stream
}

// Detail computes it. The set is the one that the view was made of, and is not changed. Its flows are read once, and
// those alone stay in parts that calls and streams name.
func (v *View) Detail(s *record.Set) *Detail {
	d := &details{v: v, set: s, streams: make(map[string]*record.MediaStream, len(s.Streams)),
		rows: map[string][]*record.MediaInterval{}}
	for _, m := range s.Streams {
		d.streams[m.StreamID] = m
	}
	for _, r := range s.Intervals {
		d.rows[r.StreamID] = append(d.rows[r.StreamID], r)
	}
	d.limits()
	d.Calls, d.CallsBy = v.JudgedCalls()
	d.flows = d.excerpts()
	beside, marks, roundTrips := d.besides(), d.newMarkCount(), d.newRoundTrips()
	tls, proxies, services := newTLSGroups(), newProxies(), newServiceFlows()
	// Set.Err has what goes wrong.
	_ = s.Source().Read(0, s.NumFlows(), func(_ int, f *record.Flow, t *record.TLSSession) error {
		d.flows.add(f)
		beside.add(f)
		marks.add(f)
		roundTrips.addFlow(f)
		proxies.add(f)
		services.add(f)
		if t != nil {
			tls.add(f, t)
		}
		return nil
	})
	for _, t := range s.Loose() {
		tls.add(nil, t)
	}
	for i, c := range d.Calls {
		d.timeline(c, i < fineCalls)
	}
	d.TLS, d.TLSOther, d.Proxies = tls.list(), tls.other, proxies.list()
	d.reach()
	d.marks(marks)
	d.quality(roundTrips)
	d.rules()
	d.services(services)
	return &d.Detail
}

// Limits are those of the run that figures are drawn against; nil where no rule of the run has it.
type Limits struct {
	LossPoor, LossWatch, JitterPoor, JitterWatch, RTTPoor, RTTWatch *record.Threshold
	MinPackets                                                      *record.Threshold // of a stream that is judged
}

// limits finds them among the thresholds of the findings.
func (d *details) limits() {
	l := &d.Limits
	want := map[string]**record.Threshold{
		"WXA-QUA-001.max_percent": &l.LossPoor, "WXA-QUA-004.loss_percent": &l.LossWatch,
		"WXA-QUA-002.max_ms": &l.JitterPoor, "WXA-QUA-004.jitter_ms": &l.JitterWatch,
		"WXA-QUA-003.max_ms": &l.RTTPoor, "WXA-QUA-004.rtt_ms": &l.RTTWatch,
		"WXA-QUA-009.min_packets": &l.MinPackets,
	}
	for _, f := range d.v.All {
		for i := range f.Thresholds {
			if at := want[f.Thresholds[i].Name]; at != nil && *at == nil {
				*at = &f.Thresholds[i]
			}
		}
	}
}

// All lists the limits that the run has.
func (l Limits) All() (list []record.Threshold) {
	for _, t := range []*record.Threshold{l.LossPoor, l.LossWatch, l.JitterPoor, l.JitterWatch, l.RTTPoor, l.RTTWatch,
		l.MinPackets} {
		if t != nil {
			list = append(list, *t)
		}
	}
	return list
}

// isPicture tells the streams that people hear or see from those that repair them.
func isPicture(kind string) bool { return kind == "audio" || kind == "video" || kind == "share" }
