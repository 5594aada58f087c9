package pcaptest

import (
	"net/netip"
	"time"
)

// Scenario is a story that becomes a capture. It has a clock, a source of pseudo-random bytes and open connections; a
// connection starts at the scenario's clock and goes on with a clock of its own.
type Scenario struct {
	*Rand
	now    time.Time
	frames Capture
	ids    map[netip.Addr]uint16 // next IPv4 identification of each sender
	ports  uint16                // next ephemeral port
	open   []*TCPFlow
}

// New starts a scenario. The zero time is replaced by [Start].
func New(seed uint64, start time.Time) *Scenario {
	if start.IsZero() {
		start = Start
	}
	s := &Scenario{Rand: NewRand(seed), now: start, ids: map[netip.Addr]uint16{}, ports: 49152}
	s.frames.Link = LinkEthernet
	return s
}

// Start is the time at which scenarios begin unless told otherwise: a Monday morning.
var Start = time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)

// Now is the scenario's clock.
func (s *Scenario) Now() time.Time { return s.now }

// Advance moves the clock on.
func (s *Scenario) Advance(d time.Duration) time.Time {
	s.now = s.now.Add(d)
	return s.now
}

// AdvanceTo moves the clock to t, never back.
func (s *Scenario) AdvanceTo(t time.Time) {
	if t.After(s.now) {
		s.now = t
	}
}

// Port returns a fresh ephemeral port.
func (s *Scenario) Port() uint16 {
	s.ports++
	return s.ports - 1
}

// Packet puts an IP packet into the capture.
func (s *Scenario) Packet(t time.Time, packet []byte, wrap ...Wrap) {
	f := Frame{Time: t, Data: Ethernet(packet)}
	f.WireLen = len(f.Data)
	for _, w := range wrap {
		f = w(f)
	}
	s.frames.Frames = append(s.frames.Frames, f)
}

// Capture returns all frames so far, ordered by time. Outstanding acknowledgements of open connections are included.
func (s *Scenario) Capture() *Capture {
	for _, c := range s.open {
		c.flush(c.now.Add(time.Minute))
	}
	out := &Capture{Link: s.frames.Link, Frames: append([]Frame(nil), s.frames.Frames...)}
	return out.Sort()
}

// id returns the sender's next IPv4 identification. It is never 0, which several systems send for every packet.
func (s *Scenario) id(from netip.Addr) uint16 {
	n, seen := s.ids[from]
	if !seen {
		n = uint16(s.Uint32())
	}
	if n == 0 {
		n = 1
	}
	s.ids[from] = n + 1
	return n
}

// Side is one end of a connection.
type Side uint8

// The two ends: the client opened the connection and is the one beside the capture point.
const (
	Client Side = iota
	Server
)

func (s Side) other() Side { return 1 - s }

// Path is what the network between two ends does. The capture point is beside the client: the client's packets pass it
// when they are sent, the server's answers come a round trip later.
type Path struct {
	DSCP, DSCPBack uint8         // marks of the client's and of the server's packets
	ECN, ECNBack   uint8         // the two bits of RFC 3168
	TTL, TTLBack   uint8         // 0: 64 and 52
	RTT            time.Duration // 0: 20 ms
	MSS            int           // 0: 1460
	MTU            int           // of UDP: longer packets are fragmented; 0: never
	VLAN           []uint16
	Wrap           []Wrap // applied after VLAN
}

// conn is what TCP and UDP have in common.
type conn struct {
	s    *Scenario
	ends [2]netip.AddrPort
	path Path
	now  time.Time
	last Side // who sent last
	set  bool // the clock was set by hand since
	wrap []Wrap
}

func (s *Scenario) conn(client, server netip.AddrPort, path Path) conn {
	if path.RTT == 0 {
		path.RTT = 20 * time.Millisecond
	}
	if path.TTLBack == 0 {
		path.TTLBack = 52
	}
	if path.MSS == 0 {
		path.MSS = 1460
	}
	wrap := path.Wrap
	if len(path.VLAN) > 0 {
		wrap = append([]Wrap{VLAN(path.VLAN...)}, wrap...)
	}
	return conn{s: s, ends: [2]netip.AddrPort{client, server}, path: path, now: s.now, set: true, wrap: wrap}
}

func (c *conn) base() *conn { return c }

// Now is the connection's clock: the time of the last packet sent.
func (c *conn) Now() time.Time { return c.now }

// At sets the clock for the next packet; it does not go back.
func (c *conn) At(t time.Time) {
	c.set = true
	if t.After(c.now) {
		c.now = t
	}
}

// Wait moves the clock on.
func (c *conn) Wait(d time.Duration) { c.At(c.now.Add(d)) }

// Mark changes the DSCP of one side's packets and returns the former one.
func (c *conn) Mark(from Side, dscp uint8) (was uint8) {
	p := &c.path.DSCP
	if from == Server {
		p = &c.path.DSCPBack
	}
	was, *p = *p, dscp
	return was
}

// TTL changes the one of a side's packets, as another machine on the path would send them.
func (c *conn) TTL(from Side, ttl uint8) {
	p := &c.path.TTL
	if from == Server {
		p = &c.path.TTLBack
	}
	*p = ttl
}

// turn advances the clock to when a packet of this side can come: an answer takes a round trip, or a moment of thought.
func (c *conn) turn(from Side) {
	switch {
	case c.set || from == c.last:
	case from == Server:
		c.now = c.now.Add(c.path.RTT)
	default:
		c.now = c.now.Add(200 * time.Microsecond)
	}
	c.set, c.last = false, from
}

func (c *conn) ip(from Side) IP {
	ip := IP{Src: c.ends[from].Addr(), Dst: c.ends[from.other()].Addr(), ID: c.s.id(c.ends[from].Addr()),
		DontFragment: true}
	if from == Client {
		ip.DSCP, ip.ECN, ip.TTL = c.path.DSCP, c.path.ECN, c.path.TTL
	} else {
		ip.DSCP, ip.ECN, ip.TTL = c.path.DSCPBack, c.path.ECNBack, c.path.TTLBack
	}
	return ip
}
