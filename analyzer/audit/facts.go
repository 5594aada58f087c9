package audit

import (
	"cmp"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// facts is what all rules of a run share: sorted copies of the record lists, indices over them, and the judgements that
// gate other rules. Nothing in it changes once it is made.
type facts struct {
	set    *record.Set
	site   *site.Site
	policy *Policy

	flows   []*record.Flow // all flows by start time
	webex   []*record.Flow
	health  []*record.CaptureHealth
	streams []*record.MediaStream // of Webex, with their flow present
	tls     []*record.TLSSession  // of Webex, with their flow present

	flowOf    map[string]*record.Flow
	streamsOf map[string][]*record.MediaStream
	seriesOf  map[string][]*record.MediaInterval // by stream
	tlsOf     map[string]*record.TLSSession

	rtp     map[string]bool     // flow ids with RTP streams, Webex or not
	both    map[netip.Addr]bool // addresses with a flow seen in both directions
	bothUDP map[netip.Addr]bool
	end     record.Time // of the last packet known

	oneSided sidedness
	lossGate string // why media loss cannot be judged, or ""
	vantage  place
}

func newFacts(set *record.Set, o Options) *facts {
	f := &facts{set: set, site: o.Site, policy: o.Policy,
		flowOf: map[string]*record.Flow{}, streamsOf: map[string][]*record.MediaStream{},
		seriesOf: map[string][]*record.MediaInterval{}, tlsOf: map[string]*record.TLSSession{},
		rtp: map[string]bool{}, both: map[netip.Addr]bool{}, bothUDP: map[netip.Addr]bool{}}
	f.flows = sorted(set.Flows, func(a, b *record.Flow) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.FlowID, b.FlowID))
	})
	f.health = sorted(set.Health, func(a, b *record.CaptureHealth) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Interface, b.Interface))
	})
	for _, fl := range f.flows {
		f.addFlow(fl)
	}
	f.addMedia()
	f.addTLS()
	for _, h := range f.health {
		f.end = max(f.end, h.EndTime)
	}
	f.oneSided = f.sides()
	f.lossGate = f.judgeLoss()
	f.vantage = f.place()
	return f
}

func sorted[R any](list []*R, compare func(a, b *R) int) []*R {
	list = slices.Clone(list)
	slices.SortFunc(list, compare)
	return list
}

func (f *facts) addFlow(fl *record.Flow) {
	f.flowOf[fl.FlowID] = fl
	f.end = max(f.end, fl.EndTime)
	if fl.Webex {
		f.webex = append(f.webex, fl)
	}
	if fl.PacketsFwd > 0 && fl.PacketsRev > 0 {
		for _, a := range []netip.Addr{fl.SrcIP, fl.DstIP} {
			f.both[a] = true
			f.bothUDP[a] = f.bothUDP[a] || fl.Proto == "udp"
		}
	}
}

func (f *facts) addMedia() {
	all := sorted(f.set.Streams, func(a, b *record.MediaStream) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.StreamID, b.StreamID))
	})
	for _, m := range all {
		f.rtp[m.FlowID] = true
		if fl := f.flowOf[m.FlowID]; m.Webex && fl != nil && fl.Webex {
			f.streams = append(f.streams, m)
			f.streamsOf[m.FlowID] = append(f.streamsOf[m.FlowID], m)
		}
	}
	for _, i := range sorted(f.set.Intervals, func(a, b *record.MediaInterval) int { return cmp.Compare(a.StartTime, b.StartTime) }) {
		f.seriesOf[i.StreamID] = append(f.seriesOf[i.StreamID], i)
	}
}

func (f *facts) addTLS() {
	for _, t := range sorted(f.set.TLS, func(a, b *record.TLSSession) int { return cmp.Compare(a.FlowID, b.FlowID) }) {
		if fl := f.flowOf[t.FlowID]; t.Webex && fl != nil {
			f.tls = append(f.tls, t)
			f.tlsOf[t.FlowID] = t
		}
	}
	slices.SortStableFunc(f.tls, func(a, b *record.TLSSession) int {
		return cmp.Compare(f.flowOf[a.FlowID].StartTime, f.flowOf[b.FlowID].StartTime)
	})
}

// subject groups a client: by its site, else by its subnet.
func (f *facts) subject(client netip.Addr) record.Subject {
	if name := f.site.SiteName(client); name != "" {
		return record.Subject{Kind: "site", Key: name}
	}
	return record.Subject{Kind: "subnet", Key: f.site.Subject(client)}
}

// value of a threshold by its full name.
func (f *facts) value(name string) float64 { return f.policy.Threshold(name).Value }

// sees reports whether the capture shows packets in both directions for a client, so that silence means silence.
func (f *facts) sees(client netip.Addr) bool { return f.both[client] && !f.oneSided.bad }

// place is the vantage as the QoS rules need it.
type place struct {
	value      string
	confidence record.Confidence // how far a verdict that rests on it may go
	reason     string
}

// place lowers what rests on it: a declaration that the capture contradicts to possible, a weak guess to probable.
func (f *facts) place() place {
	if f.set.Run == nil || f.set.Run.Vantage.Value == "" {
		return place{value: "unknown", reason: "not stated"}
	}
	v := f.set.Run.Vantage
	p := place{v.Value, record.Confirmed, v.Reason}
	switch {
	case v.Declared && v.Confidence == record.Possible:
		p.confidence = record.Possible
	case !v.Declared && v.Confidence != record.Confirmed && v.Confidence != record.Probable:
		p.confidence = record.Probable
	}
	return p
}

// enterprise reports whether the capture lies between the clients and the enterprise's edge.
func (p place) enterprise() bool { return p.value == "access" || p.value == "inside" }
