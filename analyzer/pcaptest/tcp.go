package pcaptest

import (
	"net/netip"
	"time"
)

// TCPFlow is a TCP connection. Sequence numbers, acknowledgements (every second segment, or 40 ms late) and their times
// are those that a capture beside the client shows.
type TCPFlow struct {
	conn
	next  [2]uint32 // sequence number of the side's next byte
	acked [2]uint32 // last acknowledgement the side has sent
	log   [2][]sent // what each side has sent, oldest first
	due   []ackDue  // acknowledgements to come, by time
	owed  [2]int    // segments of the peer that the side has not acknowledged
}

type sent struct {
	at  time.Time
	end uint32 // sequence number behind it
}

type ackDue struct {
	at  time.Time
	by  Side
	end uint32 // what it has to acknowledge, if nothing did before
}

// TCP prepares a connection at the scenario's clock; Open sends its first packet.
func (s *Scenario) TCP(client, server netip.AddrPort, path Path) *TCPFlow {
	c := &TCPFlow{conn: s.conn(client, server, path)}
	c.next = [2]uint32{s.Uint32(), s.Uint32()}
	c.log = [2][]sent{{{end: c.next[Client]}}, {{end: c.next[Server]}}}
	s.open = append(s.open, c)
	return c
}

// Open does the three-way handshake.
func (c *TCPFlow) Open() *TCPFlow {
	c.control(Client, SYN)
	c.control(Server, SYN|ACK)
	c.control(Client, ACK)
	return c
}

// Unanswered sends a SYN and repeats it, after 1, 2, 4 … seconds, n times in all.
func (c *TCPFlow) Unanswered(n int) *TCPFlow {
	first := c.next[Client]
	for i := range n {
		c.next[Client] = first
		c.control(Client, SYN)
		c.Wait(time.Second << i)
	}
	return c
}

// Refused sends a SYN that the server answers with a reset.
func (c *TCPFlow) Refused() *TCPFlow {
	c.control(Client, SYN)
	c.control(Server, RST|ACK)
	return c
}

// Send sends bytes to the server, Recv bytes back; both cut them into segments.
func (c *TCPFlow) Send(b []byte, faults ...Fault) *TCPFlow { c.Put(Client, b, faults...); return c }

// Recv is Send for the server.
func (c *TCPFlow) Recv(b []byte, faults ...Fault) *TCPFlow { c.Put(Server, b, faults...); return c }

// Close ends the connection, the given side first (the client by default).
func (c *TCPFlow) Close(first ...Side) *TCPFlow {
	from := Client
	if len(first) > 0 {
		from = first[0]
	}
	c.control(from, FIN|ACK)
	c.control(from.other(), FIN|ACK)
	c.control(from, ACK)
	return c
}

// Reset aborts the connection.
func (c *TCPFlow) Reset(from Side) *TCPFlow {
	c.control(from, RST|ACK)
	c.due = nil
	return c
}

// control sends a segment without data.
func (c *TCPFlow) control(from Side, flags uint8) {
	c.turn(from)
	c.flush(c.now)
	var options []byte
	if flags&SYN != 0 {
		options = synOptions(c.path.MSS)
	}
	c.segment(c.now, from, c.next[from], flags, options, nil)
	if flags&(SYN|FIN) != 0 {
		c.next[from]++
	}
	c.log[from] = append(c.log[from], sent{c.now, c.next[from]})
}

func synOptions(mss int) []byte {
	return []byte{2, 4, byte(mss >> 8), byte(mss), 1, 3, 3, 8, 1, 1, 4, 2} // MSS, window scale 8, SACK permitted
}

// Put sends bytes as segments of at most MSS bytes.
func (c *TCPFlow) Put(from Side, b []byte, faults ...Fault) {
	c.turn(from)
	begin := c.now
	for i := 0; i*c.path.MSS < len(b); i++ {
		c.now = begin.Add(time.Duration(i) * packetGap)
		c.flush(c.now)
		low, high := i*c.path.MSS, min((i+1)*c.path.MSS, len(b))
		seq := c.next[from]
		c.next[from] += uint32(high - low)
		if f, ok := find(faults, overlap, i); ok {
			seq -= uint32(min(f.n, low))
			low -= min(f.n, low)
		}
		flags := uint8(ACK)
		if high == len(b) {
			flags |= PSH
		}
		c.seen(begin, i, from, seq, flags, b[low:high], faults)
		c.sent(from)
	}
}

// seen puts segment i into the capture, as its faults want it.
func (c *TCPFlow) seen(begin time.Time, i int, from Side, seq uint32, flags uint8, b []byte, faults []Fault) {
	t := c.now
	if f, ok := find(faults, swap, i); ok {
		t = begin.Add(time.Duration(f.n+f.packet-i) * packetGap)
	}
	if _, ok := find(faults, drop, i); !ok {
		c.segment(t, from, seq, flags, nil, b)
	}
	if _, ok := find(faults, duplicate, i); ok {
		last := c.s.frames.Frames[len(c.s.frames.Frames)-1]
		last.Time = last.Time.Add(duplicateGap)
		c.s.frames.Frames = append(c.s.frames.Frames, last)
	}
	if f, ok := find(faults, retransmit, i); ok {
		c.segment(t.Add(f.after), from, seq, flags, nil, b)
	}
}

// sent notes a data segment and when the peer will acknowledge it.
func (c *TCPFlow) sent(from Side) {
	c.log[from] = append(c.log[from], sent{c.now, c.next[from]})
	peer := from.other()
	c.owed[peer]++
	at := c.now.Add(40 * time.Millisecond)
	if c.owed[peer] >= 2 {
		at = c.now.Add(100 * time.Microsecond)
		c.owed[peer] = 0
	}
	if peer == Server {
		at = at.Add(c.path.RTT)
	}
	i := len(c.due)
	for i > 0 && c.due[i-1].at.After(at) {
		i--
	}
	c.due = append(c.due[:i], append([]ackDue{{at, peer, c.next[from]}}, c.due[i:]...)...)
}

// flush sends the acknowledgements that are due, unless data carried them already.
func (c *TCPFlow) flush(until time.Time) {
	for len(c.due) > 0 && !c.due[0].at.After(until) {
		d := c.due[0]
		c.due = c.due[1:]
		if int32(d.end-c.acked[d.by]) > 0 {
			c.segment(d.at, d.by, c.next[d.by], ACK, nil, nil)
		}
	}
}

// known is what a side knows of its peer's bytes at a time: the server's news are a round trip old.
func (c *TCPFlow) known(side Side, at time.Time) uint32 {
	if side == Server {
		at = at.Add(-c.path.RTT)
	}
	log := c.log[side.other()]
	i := len(log) - 1
	for i > 0 && log[i].at.After(at) {
		i--
	}
	return log[i].end
}

// segment puts one segment into the capture. It is also the way to build what a connection would never send.
func (c *TCPFlow) segment(t time.Time, from Side, seq uint32, flags uint8, options, b []byte) {
	h := TCP{Src: c.ends[from].Port(), Dst: c.ends[from.other()].Port(), Seq: seq, Flags: flags, Options: options}
	if flags&ACK != 0 {
		h.Ack = c.known(from, t)
		c.acked[from] = h.Ack
		c.owed[from] = 0
	}
	c.s.Packet(t, c.ip(from).TCP(h, b), c.wrap...)
}

// Segment sends a segment of one's own making; seq is relative to the side's next byte. The connection does not notice.
func (c *TCPFlow) Segment(from Side, seq int, flags uint8, b []byte) *TCPFlow {
	c.turn(from)
	c.flush(c.now)
	c.segment(c.now, from, c.next[from]+uint32(seq), flags, nil, b)
	return c
}

// ICMP answers the client's last SYN or data with an ICMP error from a host on the path.
func (c *TCPFlow) ICMP(by netip.Addr, typ, code uint8) *TCPFlow {
	h := TCP{Src: c.ends[Client].Port(), Dst: c.ends[Server].Port(), Seq: c.next[Client] - 1, Flags: SYN}
	packet := c.ip(Client).TCP(h, nil)
	c.turn(Server)
	ip := IP{Src: by, Dst: c.ends[Client].Addr(), ID: c.s.id(by)}
	c.s.Packet(c.now, ip.ICMPError(typ, code, 0, packet), c.wrap...)
	return c
}
