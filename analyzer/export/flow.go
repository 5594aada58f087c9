package export

import (
	"net"
	"slices"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// converter turns live state into records: one goroutine's.
type converter struct {
	numbers *ingest.Numbers
	link    site.EdgeConnect
	packer  record.PacketPacker
}

func newConverter(numbers *ingest.Numbers, s *site.Site) *converter {
	return &converter{numbers: numbers, link: s.EdgeConnect()}
}

// unmarked are histograms of so many packets with DSCP 0, which most short flows share.
var unmarked = func() (list [256]record.DSCP) {
	for i := range list {
		list[i] = record.DSCP{0: int64(i)}
	}
	return list
}()

// histogram is the record's form of the marks: a map of its own costs 200 bytes, and there are two for each flow.
func histogram(m *flow.DSCPHistogram) record.DSCP {
	if count, only := m.Only(0); only && count < int64(len(unmarked)) {
		return unmarked[count]
	}
	return m.Histogram()
}

// draft is a flow as records, without the verdict. It is space for most of these: one flow after the other can be made
// in it.
type draft struct {
	classify.Flow
	id      uint64 // the flow's, without its place among those with the same one
	rec     record.Flow
	hints   classify.Hints
	streams []*stream // in the order of the hints

	tcp   record.TCPFacts
	end   record.TCPEnd
	tls   record.TLSSession
	keys  []record.KeyPacket
	found []dissect.KeyPacket // what the keys are made of
	texts []string            // of all lists of names
}

// clear makes room for another flow.
func (d *draft) clear() {
	d.Flow, d.rec, d.hints, d.streams = classify.Flow{}, record.Flow{}, classify.Hints{}, nil
	d.keys, d.found, d.texts = d.keys[:0], d.found[:0], d.texts[:0]
}

// namesOf is a list of names.
func (d *draft) namesOf(list []uint16, name func(uint16) string) []string {
	if len(list) == 0 {
		return nil
	}
	from := len(d.texts)
	for _, v := range list {
		d.texts = append(d.texts, name(v))
	}
	return slices.Clip(d.texts[from:])
}

// flow makes the record of a flow, without final identity and verdict. What d held is lost.
func (n *converter) flow(e ingest.Expired, d *draft) {
	d.clear()
	f, r, x := e.Flow, &d.rec, e.Facts
	src := f.Source()
	dst := src.Other()
	r.CommunityID, r.Proto, r.Initiator = f.Key.CommunityID(), flow.ProtoName(f.Key.Proto), f.Initiator()
	r.SrcIP, r.SrcPort = f.Key.Addr(src).Netip(), int(f.Key.Port(src))
	r.DstIP, r.DstPort = f.Key.Addr(dst).Netip(), int(f.Key.Port(dst))
	r.PacketsFwd, r.PacketsRev, r.BytesFwd, r.BytesRev = f.Packets[src], f.Packets[dst], f.Bytes[src], f.Bytes[dst]
	r.PayloadBytesFwd, r.PayloadBytesRev, r.Duplicates = f.Payload[src], f.Payload[dst], f.Duplicates
	r.StartTime, r.EndTime, r.EndReason = record.Time(f.PartTime), record.Time(f.MaxTime), f.End.String()
	if f.Part > 0 || f.End == flow.Window {
		r.Part, r.FlowStart = int(f.Part)+1, record.Time(f.FirstTime)
	}
	r.DSCPFwd, r.DSCPRev = histogram(&f.DSCP[src]), histogram(&f.DSCP[dst])
	r.TTLFwd, r.TTLRev = ttl(f.TTL[src], f.Packets[src]), ttl(f.TTL[dst], f.Packets[dst])
	r.Tunnels = f.Tunnels.Names()
	n.privateLink(f, src, r)
	n.marks(f, src, r)
	whereabouts(f, r)
	n.packets(f, x, d)
	if f.TCP != nil {
		r.TCP = d.tcpFacts(f, src)
	}
	if f.ICMP != nil {
		r.ICMP = &record.ICMPError{Type: int(f.ICMP.Type), Code: int(f.ICMP.Code), From: f.ICMP.From.Netip(),
			Count: f.ICMP.Count}
	}
	n.appFacts(r, x, src)
	d.id = flowID(r, record.Time(f.FirstTime))
	r.FlowID = hex16(d.id)
	if calls := x.Others().SIP; calls != nil {
		r.SIP = n.sip(calls, src)
	}
	d.Rec, d.Hints = r, &d.hints
	n.hints(d.Hints, x, src)
	d.streams = n.streams(r, x, src)
	d.tlsSession(x, src)
}

// whereabouts fills in which networks the flow was seen.
func whereabouts(f *flow.Flow, r *record.Flow) {
	for _, v := range f.VLAN {
		if v != 0 {
			r.VLAN = append(r.VLAN, int(v))
		}
	}
	r.Overlap = f.Overlaps
	if t, _ := f.Network().Identifier(); t != 0 || f.Overlaps {
		r.Network = f.Network().String()
	}
	if f.Overlaps {
		r.Networks = networks(f)
	}
}

// privateLink fills by which router and interface a flow went that ought to take the private link.
func (n *converter) privateLink(f *flow.Flow, src flow.Side, r *record.Flow) {
	router := src.Other()
	switch {
	case n.link.Carries(r.DstIP):
	case n.link.Carries(r.SrcIP):
		router = src
	default:
		return
	}
	if f.First == router {
		return // the way back may be another one
	}
	if mac := [6]byte(f.MACs[router]); mac != [6]byte{} {
		r.NextHop = net.HardwareAddr(mac[:]).String()
	}
	r.Interface = n.numbers.Interface(f.Port.Source(), f.Port.Interface())
}

// marks fills ECN, fragments, the 802.1p priorities and where DSCP changed.
func (n *converter) marks(f *flow.Flow, src flow.Side, r *record.Flow) {
	m := f.Marks()
	r.ECNECT, r.ECNCE, r.Fragments = m.ECT, m.CE, m.Fragments
	r.PCPFwd, r.PCPRev = m.Priorities[src].Histogram(), m.Priorities[src.Other()].Histogram()
	for _, c := range m.Changes {
		i, num := n.file(c.Number)
		r.DSCPChanges = append(r.DSCPChanges, record.DSCPChange{
			Direction: dir(c.Side, src), From: int(c.From), To: int(c.To), Packet: num, File: i, Time: record.Time(c.Time),
		})
	}
}

// networks are where a flow was seen that shares its 5-tuple with another.
func networks(f *flow.Flow) (list []record.Network) {
	for _, s := range f.Networks() {
		outer, inner := s.VLAN()
		t, id := s.Identifier()
		r := record.Network{OuterVLAN: int(outer), InnerVLAN: int(inner), ID: id}
		if t != 0 {
			r.Tunnel = t.String()
		}
		list = append(list, r)
	}
	return list
}

// flowID is a hash of the 5-tuple and the start: the same however the packets are split into files.
func flowID(r *record.Flow, start record.Time) uint64 {
	return fnv64(r.CommunityID, r.Proto, start.String())
}
