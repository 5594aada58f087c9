package analyzer

import (
	"net/netip"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/site"
	"webexaudit/signatures"
)

// What is held where nothing else is configured.
const (
	defaultMaxFlows    = 1_000_000
	defaultMaxPrefixes = 256 << 20
)

// The shares of MaxMemory, in percent. What is left is for the signatures, the packets on their way, writing the reports, and garbage not yet
// collected. Costs are measured on flows of one packet; flows that tell more take more, and are fewer.
const (
	sharePercentLive      = 20 // flow tables
	sharePercentKept      = 35 // finished flows and their records
	sharePercentPrefixes  = 10 // beginnings of TCP streams
	sharePercentFragments = 5

	bytesPerLive = 1300
	bytesPerKept = 3800
)

// bounds are the maxima of one run, over all partitions.
type bounds struct {
	flows     int // live
	kept      int // finished, of those that tell nothing
	prefixes  int64
	fragments int // bytes; 0: decode's default
}

// bounds derives the maxima from the configuration: what is said of flows wins over what follows from memory.
func (c *Config) bounds() bounds {
	b := bounds{flows: defaultMaxFlows, kept: defaultMaxFlows, prefixes: defaultMaxPrefixes}
	if m := c.MaxMemory; m > 0 {
		b.flows = int(m * sharePercentLive / 100 / bytesPerLive)
		b.kept = int(m * sharePercentKept / 100 / bytesPerKept)
		b.prefixes = m * sharePercentPrefixes / 100
		b.fragments = int(m * sharePercentFragments / 100)
	}
	if c.Flows.MaxFlows > 0 {
		b.flows, b.kept = c.Flows.MaxFlows, min(b.kept, c.Flows.MaxFlows)
	}
	return b
}

// partition is one independent share of the flows, with bounds of its own.
type partition struct {
	table  *flow.Table[dissect.State]
	budget dissect.Budget
	kept   int // finished flows that tell nothing and were kept
}

// summed is what flows were that were not kept, by the input in which they ended.
type summed struct{ flows, packets, bytes, evicted, tcpBytes int64 }

func (s *summed) add(f *flow.Flow) {
	s.flows++
	s.packets += f.Packets[flow.A] + f.Packets[flow.B]
	s.bytes += f.Bytes[flow.A] + f.Bytes[flow.B]
	if f.End == flow.Evicted {
		s.evicted++
	}
	if f.TCP != nil {
		s.tcpBytes += f.Payload[flow.A] + f.Payload[flow.B]
	}
}

// maxMute is how many packets a flow has at most that tells nothing.
const maxMute = 3

func few(f *flow.Flow) bool { return f.Packets[flow.A]+f.Packets[flow.B] <= maxMute }

// silent reports whether no parser found anything in a flow, no ICMP error spoke of it, and no other shares its 5-tuple.
func silent(f *flow.Flow, s *dissect.State) bool {
	return s.Silent() && f.ICMP == nil && !f.Overlaps && (f.TCP == nil || f.TCP.Unseen == [2]int64{})
}

// knownAddr tells whether an address means anything to a pack or to the operator.
func knownAddr(catalog *signatures.Catalog, s *site.Site) func(netip.Addr) bool {
	listed := catalog.Listed()
	return func(a netip.Addr) bool { return s.Role(a) != "" || listed(a) }
}
