package ingest

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
)

// What is held where nothing else is configured.
const (
	defaultMaxFlows    = 1_000_000
	defaultMaxPrefixes = 256 << 20
)

// The shares of MaxMemory, in percent. What is left is for the signatures, the packets on their way, writing the
// reports, and garbage not yet collected. Costs are measured on flows of one packet; flows that tell more take more,
// and are fewer.
const (
	sharePercentLive      = 20 // flow tables
	sharePercentRetained  = 35 // finished flows, packed, and their places in an index
	sharePercentPrefixes  = 10 // beginnings of TCP streams
	sharePercentFragments = 5

	bytesPerLive     = 1300
	bytesPerRetained = 600
)

// bounds are the maxima of one run, over all partitions.
type bounds struct {
	flows     int // live
	retained  int // finished and uninformative
	prefixes  int64
	fragments int // bytes; 0: decode's default
}

// bounds derives the maxima from the configuration: what is said of flows wins over what follows from memory.
func (c *Config) bounds() bounds {
	b := bounds{flows: defaultMaxFlows, retained: defaultMaxFlows, prefixes: defaultMaxPrefixes}
	if m := c.MaxMemory; m > 0 {
		b.flows = int(m * sharePercentLive / 100 / bytesPerLive)
		b.retained = int(m * sharePercentRetained / 100 / bytesPerRetained)
		b.prefixes = m * sharePercentPrefixes / 100
		b.fragments = int(m * sharePercentFragments / 100)
	}
	if c.Flows.MaxFlows > 0 {
		b.flows, b.retained = c.Flows.MaxFlows, min(b.retained, c.Flows.MaxFlows)
	}
	return b
}

// partition is one independent share of the flows, with bounds of its own.
type partition struct {
	table    *flow.Table[dissect.State]
	budget   dissect.Budget
	retained int // finished uninformative flows that were retained
	copies   *decode.Copies
	pairs    []decode.DupPairs // copies found, by input
}

// copied counts a copy.
func (p *partition) copied(k *decode.Packet, input int) {
	for len(p.pairs) <= input {
		p.pairs = append(p.pairs, decode.DupPairs{})
	}
	p.pairs[input].Add(decode.DupPair{First: k.Home, Copy: k.Network}, 1)
}

// add counts a flow.
func (s *Aggregated) add(f *flow.Flow) {
	s.Flows++
	s.Packets += f.Packets[flow.A] + f.Packets[flow.B]
	s.Bytes += f.Bytes[flow.A] + f.Bytes[flow.B]
	if f.End == flow.Evicted {
		s.Evicted++
	}
	if f.TCP != nil {
		s.TCPBytes += f.Payload[flow.A] + f.Payload[flow.B]
	}
}

func (s *Aggregated) merge(o *Aggregated) {
	s.Flows += o.Flows
	s.Packets += o.Packets
	s.Bytes += o.Bytes
	s.Evicted += o.Evicted
	s.TCPBytes += o.TCPBytes
}

// maxUninformative is how many packets an uninformative flow has at most.
const maxUninformative = 3

func short(f *flow.Flow) bool { return f.Packets[flow.A]+f.Packets[flow.B] <= maxUninformative }

// uninformative reports whether no parser found anything in a flow, no ICMP error spoke of it, and no other shares its
// 5-tuple.
func uninformative(f *flow.Flow, s *dissect.State) bool {
	return s.Uninformative() && f.ICMP == nil && !f.Overlaps && (f.TCP == nil || f.TCP.Trouble().Unseen == [2]int64{})
}
