package analyzer

import (
	"fmt"
	"slices"
	"sort"
	"strconv"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// converter turns live state into records. It knows where each file's packet numbers begin.
type converter struct {
	inputs []*input
	live   bool
	many   bool
	names  *nameTable

	unmarked [256]record.DSCP // histograms of so many packets with DSCP 0, which most short flows share
}

func newConverter(p *pipeline) *converter {
	n := &converter{inputs: p.inputs, live: p.live, many: len(p.inputs) > 1 && !p.live, names: newNameTable()}
	for i := range n.unmarked {
		n.unmarked[i] = record.DSCP{0: int64(i)}
	}
	return n
}

// histogram is the record's form of the marks: a map of its own costs 200 bytes, and there are two for each flow.
func (n *converter) histogram(m *flow.DSCPHistogram) record.DSCP {
	if count, only := m.Only(0); only && count < int64(len(n.unmarked)) {
		return n.unmarked[count]
	}
	return m.Histogram()
}

// file returns the index of the input that holds a packet, and the packet's number within it.
func (n *converter) file(number int64) (index int, local int64) {
	i := sort.Search(len(n.inputs), func(i int) bool { return n.inputs[i].base >= number }) - 1
	for i > 0 && n.inputs[i].stats.Packets == 0 {
		i--
	}
	i = max(i, 0)
	return i, number - n.inputs[i].base
}

// slab is where one goroutine makes records of some flows. Their memory is one piece: a record alone takes a tenth more than it needs.
type slab struct {
	packer  *record.PacketPacker
	records []record.Flow
	flows   []classify.Flow
	facts   []dissect.State
}

func newSlab(flows int, packer *record.PacketPacker) *slab {
	return &slab{packer: packer, records: make([]record.Flow, flows), flows: make([]classify.Flow, flows), facts: make([]dissect.State, flows)}
}

// flow makes the record of a flow, the i-th of the slab, without final identity and verdict. It may be called by several goroutines.
func (n *converter) flow(e expired, d *slab, i int) *classify.Flow {
	f, r, x := e.flow, &d.records[i], &d.facts[i]
	*x = *e.facts
	src := f.Source()
	dst := src.Other()
	r.CommunityID, r.Proto, r.Initiator = f.Key.CommunityID(), protoName(f.Key.Proto), f.Initiator()
	r.SrcIP, r.SrcPort, r.DstIP, r.DstPort = f.Key.Addr(src).Netip(), int(f.Key.Port(src)), f.Key.Addr(dst).Netip(), int(f.Key.Port(dst))
	r.PacketsFwd, r.PacketsRev, r.BytesFwd, r.BytesRev = f.Packets[src], f.Packets[dst], f.Bytes[src], f.Bytes[dst]
	r.PayloadBytesFwd, r.PayloadBytesRev, r.Duplicates = f.Payload[src], f.Payload[dst], f.Duplicates
	r.StartTime, r.EndTime, r.EndReason = record.Time(f.FirstTime), record.Time(f.MaxTime), f.End.String()
	r.DSCPFwd, r.DSCPRev, r.ECNECT, r.ECNCE = n.histogram(&f.DSCP[src]), n.histogram(&f.DSCP[dst]), f.ECT, f.CE
	r.TTLFwd, r.TTLRev = ttl(f.TTL[src], f.Packets[src]), ttl(f.TTL[dst], f.Packets[dst])
	r.Fragments, r.Tunnels = f.Fragments, f.Tunnels.Names()
	for _, v := range f.VLAN {
		if v != 0 {
			r.VLAN = append(r.VLAN, int(v))
		}
	}
	n.dscpChanges(f, src, r)
	r.Overlap = f.Overlaps
	if t, _ := f.Network().Identifier(); t != 0 || f.Overlaps {
		r.Network = f.Network().String()
	}
	if f.Overlaps {
		r.Networks = networks(f)
	}
	n.numbers(f, x, r, d.packer)
	if f.TCP != nil {
		r.TCP = tcpFacts(f, src)
	}
	if f.ICMP != nil {
		r.ICMP = &record.ICMPError{Type: int(f.ICMP.Type), Code: int(f.ICMP.Code), From: f.ICMP.From.Netip(), Count: f.ICMP.Count}
	}
	n.appFacts(r, x, src)
	r.FlowID = flowID(r)
	cf := &d.flows[i]
	cf.Rec, cf.Facts, cf.Source = r, x, src
	n.sip(cf)
	return cf
}

// marks fills the 802.1p priorities and where DSCP changed.
func (n *converter) dscpChanges(f *flow.Flow, src flow.Side, r *record.Flow) {
	if f.Priorities != nil {
		r.PCPFwd, r.PCPRev = record.DSCP(f.Priorities[src].Histogram()), record.DSCP(f.Priorities[src.Other()].Histogram())
	}
	for _, c := range f.Changes {
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

// numberFlows tells flows with the same identity apart, by their order.
func numberFlows(flows []*classify.Flow) {
	given := make(map[string]int, len(flows))
	for _, f := range flows {
		id := f.Rec.FlowID
		n := given[id] + 1
		if given[id] = n; n > 1 {
			f.Rec.FlowID = hex16(fnv64(id, strconv.Itoa(n)))
		}
	}
}

// flowID is a hash of the 5-tuple and the start: the same however the packets are split into files.
func flowID(r *record.Flow) string {
	return hex16(fnv64(r.CommunityID, r.Proto, r.StartTime.String()))
}

// hex16 is fmt.Sprintf("%016x", h).
func hex16(h uint64) string {
	b := strconv.AppendUint(make([]byte, 0, 32), h, 16)
	return "0000000000000000"[len(b):] + string(b)
}

func fnv64(parts ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return h
}

// numbers fills packet numbers, files and key packets.
func (n *converter) numbers(f *flow.Flow, x *dissect.State, r *record.Flow, packer *record.PacketPacker) {
	var first, last int
	first, r.FirstPacket = n.file(f.FirstNumber)
	last, r.LastPacket = n.file(f.LastNumber)
	if n.many {
		r.FirstFile, r.LastFile = n.inputs[first].name, n.inputs[last].name
	}
	for a, b := range f.Numbers.Ranges {
		n.pack(packer, a, b)
	}
	r.Packets = packer.Set()
	keys := x.Keys
	if t := f.TCP; t != nil {
		for s := range t.SYNNum {
			if t.SYNNum[s] != 0 {
				kind := "syn"
				if t.SYNACK[s] {
					kind = "syn-ack"
				}
				keys = append(keys, dissect.KeyPacket{Kind: kind, Number: t.SYNNum[s], Time: t.SYNTime[s]})
			}
		}
		if t.Reset {
			keys = append(keys, dissect.KeyPacket{Kind: "rst", Number: t.ResetNum, Time: t.ResetTime})
		}
	}
	if q := f.ICMP; q != nil {
		keys = append(keys, dissect.KeyPacket{Kind: "icmp-error", Number: q.Number, Time: q.Time})
	}
	if len(keys) == 0 {
		return
	}
	slices.SortStableFunc(keys, func(a, b dissect.KeyPacket) int { return int(a.Number - b.Number) })
	r.KeyPackets = make([]record.KeyPacket, 0, len(keys))
	for _, k := range keys {
		i, num := n.file(k.Number)
		r.KeyPackets = append(r.KeyPackets, record.KeyPacket{Kind: k.Kind, Packet: num, File: i, Time: record.Time(k.Time)})
	}
}

// pack splits a run of numbers where a file ends.
func (n *converter) pack(set *record.PacketPacker, a, b int64) {
	for a <= b {
		i, first := n.file(a)
		end := b
		if i+1 < len(n.inputs) && !n.live {
			end = min(end, n.inputs[i].base+n.inputs[i].stats.Packets)
		}
		set.Add(record.PacketRange{File: i, First: first, Last: first + end - a})
		a = end + 1
	}
}

// ttls are the values that the records' pointers point at: records do not change.
var ttls = func() (t [256]int) {
	for i := range t {
		t[i] = i
	}
	return t
}()

func ttl(v uint8, packets int64) *int {
	if packets == 0 {
		return nil
	}
	return &ttls[v]
}

// protoName is the IANA keyword in lower case, or the number.
func protoName(p uint8) string {
	switch p {
	case decode.ProtoICMP:
		return "icmp"
	case 2:
		return "igmp"
	case decode.ProtoTCP:
		return "tcp"
	case decode.ProtoUDP:
		return "udp"
	case decode.ProtoGRE:
		return "gre"
	case 50:
		return "esp"
	case 51:
		return "ah"
	case decode.ProtoICMPv6:
		return "ipv6-icmp"
	case 89:
		return "ospf"
	case 103:
		return "pim"
	case 112:
		return "vrrp"
	case decode.ProtoSCTP:
		return "sctp"
	}
	return strconv.Itoa(int(p))
}

func ms(ns int64) *float64 {
	v := float64(ns/1000) / 1000
	return &v
}

func dir(s, src flow.Side) string {
	if s == src {
		return "fwd"
	}
	return "rev"
}

// appFacts fills what the dissectors found.
func (n *converter) appFacts(r *record.Flow, x *dissect.State, src flow.Side) {
	r.App = x.App.String()
	protocolFacts(r, x, src)
	if s := x.STUN; s != nil {
		r.STUN = stunFacts(s)
		for _, b := range s.Rebound {
			i, num := n.file(b.Number)
			r.STUN.Rebound = append(r.STUN.Rebound, record.Rebinding{
				From: b.From.String(), To: b.To.String(), Packet: num, File: i, Time: record.Time(b.Time), IdleMs: *ms(b.Idle),
			})
		}
	}
	if x.QUIC != nil {
		r.SNI, r.ALPN, r.JA4 = x.QUIC.SNI, x.QUIC.ALPN, x.QUIC.JA4
	}
	t := x.TCP
	if t == nil {
		return
	}
	if t.Connect != nil {
		r.Connect = connectFacts(t.Connect)
	}
	if h := t.TLS; h != nil {
		r.SNI, r.JA3, r.JA4, r.ALPN = h.SNI, h.JA3, h.JA4, h.ALPN
		if r.ALPN == "" && len(h.ALPNOffered) > 0 {
			r.ALPN = h.ALPNOffered[0]
		}
		if h.Version != 0 {
			r.TLSVersion = tlswire.VersionName(h.Version)
		}
	}
}

func (n *converter) mediaPattern(f *classify.Flow) {
	if f.Facts.TCP == nil || f.Facts.TCP.Cadence == nil {
		return
	}
	h, src := f.Facts.TCP.Cadence, f.Source
	dst := src.Other()
	f.Rec.MediaPattern = &record.MediaPattern{
		Windows: h.Windows, MediaBoth: h.MediaBoth, MediaOne: h.MediaOne,
		RateFwd: round(h.Rate(src)), RateRev: round(h.Rate(dst)), MedianFwd: h.Median(src), MedianRev: h.Median(dst),
		Gap20msFwd: round(h.Paced(src)), Gap20msRev: round(h.Paced(dst)),
	}
}

// round keeps three decimals.
func round(v float64) float64 { return float64(int64(v*1000+0.5)) / 1000 }

func stunFacts(s *dissect.STUNFacts) *record.STUNFacts {
	r := &record.STUNFacts{
		Requests: s.Requests, Answered: s.Answered, Retries: s.Retries, Errors: s.Errors, Types: make(map[string]int64),
		Software: s.Software, Username: s.Username, FlowInfo: s.FlowInfo, LastAnswer: record.Time(s.Last),
	}
	for t, c := range s.Types {
		r.Types[fmt.Sprintf("0x%04x", uint16(t))] = c
	}
	for _, a := range s.Mapped {
		r.Mapped = append(r.Mapped, a.String())
	}
	for _, a := range s.Relayed {
		r.Relayed = append(r.Relayed, a.String())
	}
	r.LifetimeS, r.ChannelData = s.Lifetime, s.Channels
	if rtt, ok := s.RTT(); ok {
		r.RTTMs = ms(rtt)
	}
	return r
}

// tls makes the record of a TLS handshake, nil where nothing of one was seen.
func (n *converter) tls(f *classify.Flow) *record.TLSSession {
	if f.Facts.TCP == nil || f.Facts.TCP.TLS == nil {
		return nil
	}
	x, r := f.Facts.TCP.TLS, f.Rec
	if !x.HasClient && !x.HasServer && x.Leaf == nil && len(x.Alerts) == 0 {
		return nil
	}
	t := &record.TLSSession{
		FlowID: r.FlowID, CommunityID: r.CommunityID, SNI: x.SNI, TLSVersion: r.TLSVersion, ALPN: r.ALPN, ECH: x.ECH,
		JA3: x.JA3, JA3S: x.JA3S, JA4: x.JA4, Webex: r.Webex,
	}
	if x.HasSuite {
		t.CipherSuite = tlswire.SuiteName(x.Suite)
	}
	if x.Known {
		t.Resumed = &x.Resumed
	}
	for _, a := range x.Alerts {
		t.Alerts = append(t.Alerts, dir(a.Side, f.Source)+" "+a.Alert.String())
	}
	if c := x.Leaf; c != nil {
		t.CertSubject, t.CertIssuer, t.CertSANs = c.Subject.Text, c.Issuer.Text, c.SANs
		t.CertSHA256, t.CertPartial = c.SHA256, c.Partial
		if !c.NotBefore.IsZero() {
			t.CertNotBefore = record.Time(c.NotBefore.UnixNano())
		}
		if !c.NotAfter.IsZero() {
			t.CertNotAfter = record.Time(c.NotAfter.UnixNano())
		}
	}
	for _, c := range x.Chain {
		t.ChainIssuers = append(t.ChainIssuers, c.Issuer.Text)
	}
	t.TLSOffer, t.TLSFlights, t.CertDetails = tlsOffer(x), tlsFlights(x), certDetails(x)
	return t
}

// finishFlow adds what depends on the verdict.
func (n *converter) finishFlow(cl *classify.Classifier, f *classify.Flow) {
	n.mediaPattern(f)
	n.lookups(cl, f)
}
