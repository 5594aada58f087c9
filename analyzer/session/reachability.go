package session

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// cell is the key of the matrix. The transport is not part of it: a silent port 443 and an answered one are one cell.
type cell struct {
	client, prefix, proto string
	port                  int
}

// Reachability is the matrix client subnet (or site) × destination prefix × port × transport of what Webex clients
// asked of the cloud: UDP flows with STUN requests, TCP connections to published ranges or media nodes whose SYN was
// seen, and CONNECT requests for media nodes, by the range or name they ask for. All else that goes to a proxy is not
// in it. Asked = Answered + Reset + ICMPRejected + Refused + Silent in every cell.
func Reachability(set *record.Set, s *site.Site) []*record.Reachability {
	rows := map[cell]*row{}
	for _, f := range set.EachWebex {
		if !asks(f) {
			continue
		}
		k := cellOf(f, s)
		if rows[k] == nil {
			rows[k] = newRow(k)
		}
		rows[k].add(f)
	}
	var list []*record.Reachability
	for _, r := range rows {
		list = append(list, r.record())
	}
	slices.SortFunc(list, func(a, b *record.Reachability) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Prefix, b.Prefix), cmp.Compare(a.Port, b.Port),
			cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.FirstSeen, b.FirstSeen),
			slices.Compare(a.FlowIDs, b.FlowIDs))
	})
	return list
}

// row is a cell while its flows come, in any order.
type row struct {
	rec       record.Reachability
	clients   map[netip.Addr]bool
	rtts      []float64
	first     began            // of the flows
	meant     record.Transport // that of the first
	secured   began            // the last flow that was found to be TLS
	transport record.Transport // and that of it
}

// began is the place of a flow in the order of their beginnings.
type began struct {
	at record.Time
	id string
}

func (b began) before(o began) bool {
	return cmp.Or(cmp.Compare(b.at, o.at), cmp.Compare(b.id, o.id)) < 0
}

func newRow(k cell) *row {
	return &row{rec: record.Reachability{Client: k.client, Prefix: k.prefix, Port: k.port},
		clients: map[netip.Addr]bool{}}
}

// add counts a flow.
func (w *row) add(f *record.Flow) {
	r, id := &w.rec, strings.Clone(f.FlowID) // not with all texts beside it
	count(r, f)
	w.clients[f.ClientAddr()] = true
	r.FlowIDs = append(r.FlowIDs, id)
	r.LastSeen = max(r.LastSeen, f.EndTime)
	if rtt := roundTrip(f); rtt != nil {
		w.rtts = append(w.rtts, *rtt)
	}
	at, t := began{f.StartTime, id}, transport(f)
	if len(r.FlowIDs) == 1 || at.before(w.first) {
		w.first, w.meant = at, t
	}
	if (t == record.TLS || t == record.TLSProxied) && !at.before(w.secured) {
		w.secured, w.transport = at, t
	}
}

func (w *row) record() *record.Reachability {
	r := &w.rec
	r.FirstSeen, r.Transport = w.first.at, cmp.Or(w.transport, w.meant)
	r.RTTMedianMs = median(w.rtts)
	for c := range w.clients {
		r.Clients = append(r.Clients, c.String())
	}
	slices.Sort(r.Clients)
	slices.Sort(r.FlowIDs)
	return r
}

func cellOf(f *record.Flow, s *site.Site) cell {
	k := cell{s.Subject(f.ClientAddr()), prefixOf(f), f.Proto, f.DstPort}
	if c := f.Connect; c != nil {
		k.proto, k.port = "connect", c.Port
		if f.Prefix == "" {
			k.prefix = c.Host
		}
	}
	return k
}

// asks reports whether the flow's beginning was seen as a question to the cloud, be it through a proxy.
func asks(f *record.Flow) bool {
	if !f.Webex || !f.ClientIsSource() {
		return false
	}
	if f.Connect != nil {
		return toMedia(f.Function)
	}
	switch f.Proto {
	case "udp":
		return f.STUN != nil && f.STUN.Requests > 0
	case "tcp":
		return f.TCP != nil && f.TCP.SYN > 0 && (f.Prefix != "" || toMedia(f.Function))
	}
	return false
}

func transport(f *record.Flow) record.Transport {
	switch {
	case f.Proto == "udp":
		return record.UDP
	case f.Transport == record.TLS, f.Transport == record.TLSProxied, f.Transport == record.HTTPConnect:
		return f.Transport
	}
	return record.TCP
}

// count adds what a flow asked and what came back.
func count(r *record.Reachability, f *record.Flow) {
	r.Asked += f.Count()
	switch {
	case answered(f):
		r.Answered++
	case f.TCP != nil && f.TCP.ResetBy == "rev":
		r.Reset += f.Count()
	case rejected(f):
		r.ICMPRejected += f.Count()
	case f.Connect != nil && f.Connect.Status != 0:
		r.Refused++
	default:
		r.Silent += f.Count()
	}
	if f.STUN != nil && f.Proto == "udp" {
		r.Requests += f.STUN.Requests + f.STUN.Retries
	}
	switch {
	case f.Connect != nil:
		r.Requests += int64(f.Connect.Tries)
	case f.TCP != nil:
		r.Requests += f.TCP.SYN
	}
}

func answered(f *record.Flow) bool {
	switch {
	case f.Proto == "udp":
		return f.STUN.Answered > 0
	case f.Connect != nil:
		return f.Transport == record.TLSProxied
	}
	return f.TCP.SYNACK
}

// rejected reports whether an ICMP error turned the flow down: destination unreachable (RFC 792, RFC 4443), but not
// "fragmentation needed", which speaks of size, nor "time exceeded".
func rejected(f *record.Flow) bool {
	if f.ICMP == nil {
		return false
	}
	if f.SrcIP.Unmap().Is4() {
		return f.ICMP.Type == 3 && f.ICMP.Code != 4
	}
	return f.ICMP.Type == 1
}

func roundTrip(f *record.Flow) *float64 {
	switch {
	case f.Proto == "udp":
		return f.STUN.RTTMs
	case f.Connect != nil:
		if f.Transport == record.TLSProxied {
			return f.Connect.DelayMs // the proxy's connection to the node included
		}
	case f.TCP.SYN == 1: // a repeated SYN makes the round trip ambiguous (RFC 6298 section 3)
		return f.TCP.HandshakeRTTMs
	}
	return nil
}

// median of the values; nil for none.
func median(v []float64) *float64 {
	if len(v) == 0 {
		return nil
	}
	slices.Sort(v)
	m := v[len(v)/2]
	if len(v)%2 == 0 {
		m = (m + v[len(v)/2-1]) / 2
	}
	return &m
}
