package decode

import (
	"time"

	"webexaudit/analyzer/capture"
)

// Config bounds the decoder's state. The zero value means the defaults.
type Config struct {
	MaxDepth      int           // tunnels inside tunnels; default 8
	MaxFragments  int           // datagrams under reassembly; default 4096
	MaxFragBytes  int           // captured bytes that they may hold together; default 64 MiB
	FragmentTTL   time.Duration // default 30 s (RFC 791 suggests 15 s, RFC 8200 60 s)
	NoDeduplicate bool          // count no mirror duplicates
	OneClock      bool          // sources are of one recorder, one behind the other: their interfaces share a clock
	CopiesApart   bool          // leave them, but for those of fragments, to whoever has the Copies of each flow
	Decap         Decap         // which tunnels are decapsulated; the zero value takes all
	NoteParts     bool          // remember which frames a datagram was put together from (see Parts)
	NoteHeaders   bool          // remember where headers are (see Headers)
}

// Stats counts what a Decoder met.
type Stats struct {
	Packets    int64
	WireBytes  int64
	Reasons    [numReasons]int64
	Truncated  int64 // captured shorter than on the wire
	CutHeader  int64 // of these, cut inside a header
	Duplicates int64 // frames that a mirror showed a second time
	DupPairs   DupPairs
	ClockSteps int64 // steps back of more than 1 ms within an interface
	MirrorLost int64 // packets missing in ERSPAN sequence numbers
	MirrorSeen int64 // packets that carried such a sequence number
	MirrorGaps []MirrorGap
	MirrorLeft int64 // missing packets that are in none of the gaps: there were too many
	FirstTime  int64 // nanoseconds; frames without a time stamp left out
	LastTime   int64
	Fragments  FragmentStats
	Unopened   Unopened // bytes on the wire
	Pauses     []Pause  // the longest stretches without a frame, in no order
	Outages    []Pause  // stretches in which the interface was down, as the source says, 64 at most
}

// Undecodable lists the counted reasons, without frames that are simply not IP and fragments that were put together.
func (s *Stats) Undecodable() map[string]int64 {
	m := make(map[string]int64)
	for r := LinkUnknown; r < numReasons; r++ {
		if n := s.Reasons[r]; n > 0 {
			m[r.String()] = n
		}
	}
	return m
}

// NotIP counts frames that carry no IP: ARP, STP, LLDP and kin.
func (s *Stats) NotIP() int64 { return s.Reasons[NotIP] }

// Decoder decodes the frames of a run in order.
type Decoder struct {
	Stats Stats // of the current source; see Switch

	cfg    Config
	number int64
	clock  Clock
	placed bool // the clock is set for the frame that comes next
	frags  fragTable
	copies *Copies // nil: none are looked for
	mirror mirrorTable
	source uint64 // in the upper half; the interface goes into the lower
	depth  int    // tunnels taken off the frame at hand
	kept   bool   // the configuration asked to leave a tunnel closed that was met in it
	whole  int    // datagrams put together for it
	parts  []int64

	headers []Header
	packet  Packet // of Head

	encrypted bool   // an 802.11 frame with data that is encrypted
	ether     uint16 // the ethertype that was not opened, where that is the reason
}

// New returns a decoder.
func New(cfg Config) *Decoder {
	if cfg.MaxDepth == 0 {
		cfg.MaxDepth = 8
	}
	if cfg.MaxFragments == 0 {
		cfg.MaxFragments = 4096
	}
	if cfg.MaxFragBytes == 0 {
		cfg.MaxFragBytes = 64 << 20
	}
	if cfg.FragmentTTL == 0 {
		cfg.FragmentTTL = 30 * time.Second
	}
	d := &Decoder{cfg: cfg}
	d.clock.base(sharedPort)
	d.frags.init(cfg)
	if !cfg.NoDeduplicate && !cfg.CopiesApart {
		d.copies = NewCopies(1)
	}
	return d
}

// Switch goes over to the frames of another source, and to the statistics kept of it so far; clock, fragments and
// numbers go on.
func (d *Decoder) Switch(source int, s Stats) {
	d.Stats, d.source = s, uint64(source)<<32
}

// Skip goes on with the place of the frame that comes next, as others were left out before it: its number, from 1 on,
// and the clock, which does not step back.
func (d *Decoder) Skip(to capture.Place) {
	d.number, d.clock.now, d.placed = to.Number-1, max(d.clock.now, to.Clock), true
}

// Decode decodes one frame into p, which it overwrites. Frames must come in capture order. Only OK leaves a packet in
// p; its Time and Number are set in any case.
func (d *Decoder) Decode(f *capture.Frame, b []byte, p *Packet) Reason {
	*p = Packet{Time: f.Time, Port: Port(d.source | uint64(f.Interface))}
	d.number++
	p.Number = d.number
	d.tick(f, p)
	d.depth, d.whole, d.kept, d.encrypted = 0, 0, false, false
	d.parts, d.headers = d.parts[:0], d.headers[:0]
	if f.VLAN != 0 {
		p.VLAN[0] = f.VLAN & 0xfff
	}
	wire := int(f.WireLen)
	if wire < len(b) {
		wire = len(b)
	}
	r := d.link(f.Link, cursor{b, wire}, p)
	if r == OK {
		p.Hash = FlowHash(p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto)
		p.Share = FlowShare(p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto)
		p.Network = p.network()
		if d.copies != nil && d.copies.Seen(p) {
			d.Stats.Duplicates++
			d.Stats.DupPairs.Add(DupPair{p.Home, p.Network}, 1)
		}
	}
	d.count(f, r, p)
	return r
}

// Parts are the numbers of the frames that the packet decoded last was put together from, of the innermost datagram
// last; none where it came in one frame. They are remembered where [Config].NoteParts says so.
func (d *Decoder) Parts() []int64 { return d.parts }

func (d *Decoder) count(f *capture.Frame, r Reason, p *Packet) {
	s := &d.Stats
	s.Packets++
	s.WireBytes += int64(f.WireLen)
	s.Reasons[r]++
	if kind := d.unopened(r, p); kind != 0 {
		s.Unopened.add(kind, int64(f.WireLen))
	}
	if f.Length < f.WireLen {
		s.Truncated++
		p.Cut = true
		if r.cut() {
			s.CutHeader++
		}
	}
	if f.Time == 0 {
		return
	}
	if s.FirstTime == 0 || f.Time < s.FirstTime {
		s.FirstTime = f.Time
	}
	if s.LastTime != 0 && f.Time-s.LastTime >= minPause {
		s.pause(Pause{s.LastTime, f.Time, p.Number})
	}
	s.LastTime = max(s.LastTime, f.Time)
}

// cursor is what is left of a frame: the captured bytes and how many there were on the wire.
type cursor struct {
	b    []byte
	wire int
}

func (c cursor) skip(n int) cursor { return cursor{c.b[n:], c.wire - n} }

// limit cuts link-layer padding off: at most n bytes belong to what follows.
func (c cursor) limit(n int) cursor {
	if n < len(c.b) {
		c.b = c.b[:n]
	}
	if n < c.wire {
		c.wire = n
	}
	return c
}
