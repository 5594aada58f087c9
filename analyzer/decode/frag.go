package decode

// FragmentStats counts what reassembly met.
type FragmentStats struct {
	Fragments   int64 // IP fragments seen
	Reassembled int64 // datagrams completed
	Repeated    int64 // fragments whose bytes were all there
	// fragments that overlapped others in part (IPv4: the first bytes stay; IPv6: the datagram is given up, RFC 8200
	// section 4.5)
	Overlaps int64
	TimedOut int64 // datagrams given up: incomplete after FragmentTTL
	Evicted  int64 // datagrams given up because the table or its bytes were full
}

// maxDatagram is the largest payload of an IP datagram.
const maxDatagram = 65535

// fragment stores one fragment; when it completes its datagram the packet is decoded from the whole. The reassembled
// bytes are the packet's own. The packet carries the number and time of the fragment that completed it.
func (d *Decoder) fragment(c cursor, p *Packet, key fragKey, off int, more bool, proto uint8) Reason {
	d.note(Header{Kind: HeaderFragment, B: c.b, Wire: c.wire, Offset: off, Proto: proto})
	s := &d.Stats.Fragments
	s.Fragments++
	d.frags.expire(p.Clock, s)
	if off+c.wire > maxDatagram || (more && c.wire%8 != 0) || c.wire == 0 {
		return FragmentBad
	}
	g := d.frags.get(key, p.Clock, s)
	switch g.state {
	case fragDone: // a mirror's second copy of a datagram that is complete
		d.repeated(g, p.Clock, p.network())
		return Fragment
	case fragDead:
		return Fragment
	}
	if !g.fits(off, off+c.wire, more) {
		return FragmentBad
	}
	if !d.keep(g, c, p, off) {
		return Fragment
	}
	if d.cfg.NoteParts {
		g.parts = append(g.parts, p.Number)
	}
	if off == 0 {
		g.proto = proto
	}
	if !more {
		g.total = off + c.wire
	}
	g.ipLen += p.IPLen
	g.latest = p.Clock
	if g.have != g.total {
		d.frags.fit(g, s)
		return Fragment
	}
	return d.reassembled(g, p)
}

// keep adds the bytes of a fragment to its datagram. It is false where they were there, and where they overlap others
// in IPv6: that datagram is dropped (RFC 8200 section 4.5).
func (d *Decoder) keep(g *datagram, c cursor, p *Packet, off int) bool {
	before := g.bytesHeld
	fresh, overlap := g.add(c, off)
	g.network = p.network()
	d.frags.held += g.bytesHeld - before
	switch {
	case !fresh:
		d.repeated(g, p.Clock, p.network())
		return false
	case overlap:
		d.Stats.Fragments.Overlaps++
		if g.key.v6 {
			d.frags.kill(g)
			return false
		}
	}
	return true
}

// repeated counts a fragment that was there; one that comes a moment after the others is a mirror's.
func (d *Decoder) repeated(g *datagram, now int64, at Network) {
	d.Stats.Fragments.Repeated++
	if !d.cfg.NoDeduplicate && now-g.latest <= dupWindow {
		d.Stats.Duplicates++
		d.Stats.DupPairs.Add(DupPair{g.network, at}, 1)
	}
}

// reassembled decodes a datagram that is complete. A fragment may hold another one's header; how often is bounded.
func (d *Decoder) reassembled(g *datagram, p *Packet) Reason {
	d.Stats.Fragments.Reassembled++
	b, all := g.bytes()
	whole := cursor{b, g.total}
	p.IPLen, p.Cut = g.ipLen, p.Cut || !all
	d.parts = append(d.parts, g.parts...)
	v6, capwap, proto := g.key.v6, g.key.capwap, g.proto
	d.frags.complete(g, p.Clock)
	if d.whole++; d.whole > d.cfg.MaxDepth {
		return TunnelDepth
	}
	if capwap { // the tunnel's ends did that; what is inside was not fragmented
		return d.capwapFrame(proto, whole, p)
	}
	p.Fragments = true
	if v6 {
		return d.extensions(proto, whole, p)
	}
	return d.transport(proto, whole, p)
}
