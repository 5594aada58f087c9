package classify

import (
	"fmt"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// public reports whether an address can be that of a cloud server.
func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a.Unmap())
}

// learnHops notes how many routers are between the capture point and a server that the client reaches directly.
func (in *Inspector) learnHops(client, server netip.Addr, hops int) {
	if in.hops == nil {
		in.hops = make(map[netip.Addr]map[netip.Addr]int)
	}
	m := in.hops[client]
	if m == nil && len(in.hops) >= maxClients || len(m) >= maxServers {
		in.Unlearnt++
		return
	}
	if m == nil {
		m = make(map[netip.Addr]int)
		in.hops[client] = m
	}
	if _, seen := m[server]; !seen {
		m[server] = hops
	}
}

// split reports whether something near opened the connection and something far answered the hello.
func (f *Flow) split() (near, far float64, ok bool) {
	t, delay := f.Rec.TCP, f.TLS.ServerDelayMs
	client, server := f.tlsEnds()
	if t == nil || t.FarRTTMs == nil || delay == nil || client != f.Rec.SrcIP || f.Rec.Connect != nil ||
		!public(server) {
		return 0, 0, false
	}
	near, far = *t.FarRTTMs, *delay
	return near, far, near <= nearMillis && far-near >= farMillis
}

// learnSplit counts such sessions: one alone has a busy server.
func (in *Inspector) learnSplit(client, server netip.Addr) {
	if in.splits == nil {
		in.splits = make(map[netip.Addr]map[netip.Addr]int64)
	}
	m := in.splits[client]
	if m == nil && len(in.splits) >= maxClients || m != nil && m[server] == 0 && len(m) >= maxServers {
		in.Unlearnt++
		return
	}
	if m == nil {
		m = make(map[netip.Addr]int64)
		in.splits[client] = m
	}
	m[server]++
}

// weighDistance weighs whether a box on the way answers in the server's place.
func (in *Inspector) weighDistance(f *Flow, s *score) {
	if near, far, ok := f.split(); ok {
		client, _ := f.tlsEnds()
		var sessions int64
		for _, n := range in.splits[client] {
			sessions += n
		}
		if sessions >= minSplits && len(in.splits[client]) >= minSplitServer {
			s.add(record.SignNear, fmt.Sprintf("%.1f ms to the SYN-ACK, %.1f ms to the server's hello, in %d sessions", near, far, sessions), weightNear)
		}
	}
	hops, ok := record.Hops(f.Rec.Down().TTL)
	server := f.Rec.Server().Addr()
	if !ok || hops > nearHops || f.Rec.Connect != nil || !public(server) {
		return
	}
	var peers []int
	for addr, n := range in.hops[f.Rec.ClientAddr()] {
		if addr != server {
			peers = append(peers, n)
		}
	}
	if len(peers) < minPeers {
		return
	}
	slices.Sort(peers)
	if median := peers[(len(peers)-1)/2]; median >= hops+fartherHops {
		s.add(record.SignTTL, fmt.Sprintf("%d, %d of %d other Webex servers (median)", hops, median, len(peers)), weightTTL)
	}
}
