package session

import (
	"cmp"
	"slices"

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
func Reachability(flows []*record.Flow, s *site.Site) []*record.Reachability {
	flows = slices.Clone(flows)
	slices.SortFunc(flows, byStart)
	cells := map[cell]*record.Reachability{}
	rtts := map[cell][]float64{}
	var list []*record.Reachability
	for _, f := range flows {
		if !asks(f) {
			continue
		}
		k := cellOf(f, s)
		r := cells[k]
		if r == nil {
			r = &record.Reachability{Client: k.client, Prefix: k.prefix, Port: k.port, Transport: transport(f),
				FirstSeen: f.StartTime}
			cells[k] = r
			list = append(list, r)
		}
		add(r, f)
		if rtt := roundTrip(f); rtt != nil {
			rtts[k] = append(rtts[k], *rtt)
		}
	}
	for k, r := range cells {
		r.RTTMedianMs = median(rtts[k])
		slices.Sort(r.Clients)
		r.Clients = slices.Compact(r.Clients)
		slices.Sort(r.FlowIDs)
	}
	slices.SortFunc(list, func(a, b *record.Reachability) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Prefix, b.Prefix), cmp.Compare(a.Port, b.Port),
			cmp.Compare(a.Transport, b.Transport))
	})
	return list
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
		return toMedia(f)
	}
	switch f.Proto {
	case "udp":
		return f.STUN != nil && f.STUN.Requests > 0
	case "tcp":
		return f.TCP != nil && f.TCP.SYN > 0 && (f.Prefix != "" || toMedia(f))
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

func add(r *record.Reachability, f *record.Flow) {
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
	if t := transport(f); t == record.TLS || t == record.TLSProxied {
		r.Transport = t
	}
	r.Clients = append(r.Clients, f.ClientAddr().String())
	r.FlowIDs = append(r.FlowIDs, f.FlowID)
	r.LastSeen = max(r.LastSeen, f.EndTime)
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
