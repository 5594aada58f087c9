package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/h323"
	"webexaudit/analyzer/dissect/proxy"
	"webexaudit/analyzer/dissect/rfc4571"
	"webexaudit/analyzer/dissect/sip"
	"webexaudit/analyzer/dissect/ssh"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/dissect/xmpp"
	"webexaudit/analyzer/flow"
)

// TCPState is what dissect keeps of a TCP flow.
type TCPState struct {
	TLS     *TLSFacts
	Connect *ConnectFacts
	HTTP    *HTTPFacts
	XMPP    *XMPPFacts
	SSH     *SSHFacts
	Cadence *Cadence

	missing  *[2]missing // of an ended flow: see Unread; nil where nothing was
	socks    *socksState
	side     *[2]half // given back when the flow ends
	messages uint32   // seen before the cadence is measured
	records  uint8    // application data records of a flow that is not known yet
	strange  uint8    // segments of an unknown flow that did not begin a TLS record
	TURN     bool     // STUN messages and ChannelData without frames
	Midway   bool     // TLS recognised by its records only: the capture began amid the connection
}

// half is one direction.
type half struct {
	*beginning             // from the first packet until the prefix is done with
	frames     *framer     // of framed flows
	holes      *frameHoles // of those, once there are any
	unread     int64       // bytes of framed streams not captured, or where nobody knows where a frame begins
	http       int64       // bytes of an HTTP body still to be passed over
	walker     tlswire.RecordWalker
	next       uint32 // past the prefix: the sequence number expected
	source     uint32 // of the last segment, where framed is set of an unknown flow
	past       bool   // the prefix is done with: segments go to the walker as they come
	// of SIP: a message ended where its Content-Length said; of an unknown flow: the last segment was a frame
	framed bool
}

// Limits on effort for one TCP flow.
const (
	maxBeyond    = 24 // segments behind a hole before it is given up
	maxStrange   = 48
	cadenceAfter = 24 // messages before a cadence is measured: short flows have none
)

func (d *Dissector) tcp(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) {
	if p.PayloadLen == 0 && p.Flags&decode.SYN == 0 {
		return
	}
	t := st.TCP
	if t == nil {
		t = &TCPState{side: new([2]half)}
		st.TCP = t
	}
	h := &t.side[s]
	d.begin(h)
	if p.Flags&decode.SYN != 0 {
		if !h.past {
			h.stream.SYN(p.Seq)
		}
		if p.PayloadLen == 0 {
			return
		}
		data := *p // with TCP Fast Open (RFC 7413) the SYN carries data, whose first byte comes after the SYN's number
		data.Seq++
		p = &data
	}
	d.at = moment{f, st, p, s}
	if !h.past {
		d.prefix(h)
	} else {
		d.beyondPrefix(h)
	}
	if h.past {
		d.recycle(h)
	}
	if t.TLS == nil && !t.Midway && (st.App == Framed || st.App == STUN || st.App == Unknown) {
		d.message(int(p.PayloadLen))
	}
}

// prefix gives the segment to the in-order prefix and what became readable to the parsers.
func (d *Dissector) prefix(h *half) {
	p := d.at.p
	grew := d.direct(h)
	if !grew {
		if grew = h.stream.Add(p.Seq, p.Payload); grew {
			d.inspect(h)
		}
	}
	room := d.Budget.charge(h.beginning)
	short := len(p.Payload) < int(p.PayloadLen)
	if !grew && h.stream.Hole() || short {
		h.beyond++
	}
	if h.past {
		return
	}
	if d.at.st.App == SIP {
		d.readSIP(h, grew, short)
		return
	}
	switch {
	case !room:
		d.Budget.Refused++
		d.leavePrefix(h)
	case h.stream.Full(), h.beyond > maxBeyond, short && h.beyond > 2, d.at.st.done(h):
		d.leavePrefix(h)
	case h.fed > 0:
		h.stream.Pass(h.fed)
		h.fed = 0
		d.Budget.charge(h.beginning)
	}
}

// direct gives the readers of TLS, which keep what they need, a segment that goes on where they have read to. It is
// false where that is not so, or where the flow is no TLS.
func (d *Dissector) direct(h *half) bool {
	st, p := d.at.st, d.at.p
	begins := st.App == Unknown && len(h.stream.Bytes()) == 0 && tlswire.IsRecord(p.Payload)
	if !begins && st.App != TLS || h.fed != len(h.stream.Bytes()) {
		return false
	}
	b := h.stream.Take(p.Seq, p.Payload)
	if len(b) == 0 {
		return false
	}
	st.App, h.fed = TLS, 0
	d.feedTLS(h, b)
	return true
}

// done reports whether the prefix has nothing more to tell: TLS is encrypted from here on, or nobody knows the bytes.
func (st *State) done(h *half) bool {
	switch st.App {
	case TLS, Connect, SOCKS, SOCKS4, XMPP:
		return h.reader.Seen(tlswire.KindProtected) && (h.reader.Seen(tlswire.KindChangeCipherSpec) ||
			h.reader.Role() != tlswire.UnknownRole)
	case Framed:
		return !h.stream.Hole()
	case HTTP:
		return h.http == endless && !h.stream.Hole()
	case SSH:
		return h.fed > 0
	case Unknown:
		return len(h.stream.Bytes()) > 512
	}
	return false
}

func (d *Dissector) leavePrefix(h *half) {
	if d.at.st.TCP.TLS != nil {
		h.reader.Finish(d.onTLS)
	}
	end := d.at.p.Seq + d.at.p.PayloadLen
	contiguous := len(d.at.p.Payload) == int(d.at.p.PayloadLen) && !h.stream.Hole() && !h.stream.Full()
	if n := int32(end - h.stream.Next()); n > 0 {
		h.unread += int64(n)
	}
	h.stream.Release()
	d.Budget.refund(h.beginning)
	h.past, h.next = true, end
	if !contiguous {
		d.missed(h, gap)
	}
}

// gap is more than any record or frame holds.
const gap = 1 << 30

// missed says that bytes of the stream were not captured.
func (h *half) missed(n int) {
	h.walker.Skip(n)
	if h.frames != nil {
		h.frames.miss(n)
	}
}

func (d *Dissector) framer(h *half) *framer {
	if h.frames == nil {
		h.frames = &framer{turn: d.at.st.TCP.TURN}
	}
	return h.frames
}

// inspect hands the new bytes of the prefix to the parser of the application, which it finds first if need be.
func (d *Dissector) inspect(h *half) {
	st := d.at.st
	for !h.past {
		b := h.stream.Bytes()[h.fed:]
		if len(b) == 0 {
			return
		}
		if st.App == Unknown {
			if !d.identify(b) {
				return
			}
			continue
		}
		if !h.wait.over(b) {
			return
		}
		h.wait.kind = awaitAny
		n := d.feed(h, b)
		if n == 0 {
			return
		}
		h.wait = await{}
		h.fed += n
		h.stream.Pin()
	}
}

// identify names the application of a TCP flow by the first bytes of either side; false: not yet, or nobody knows.
func (d *Dissector) identify(b []byte) bool {
	f, st, s := d.at.f, d.at.st, d.at.s
	switch {
	case tlswire.IsRecord(b):
		st.App = TLS
	case f.Key.PortA == portDNS || f.Key.PortB == portDNS:
		st.App = DNS
	case proxy.IsRequest(b):
		f.Request(s)
		st.App = HTTP
		if isConnect(b) {
			st.App = Connect
		}
	case proxy.IsResponse(b):
		f.Request(s.Other())
		st.App = HTTP
	case isSIPStream(b):
		st.App = SIP
	case ssh.Is(b):
		st.App = SSH
	case xmpp.Is(b):
		d.beginXMPP(b)
	case h323.IsCall(b):
		st.App = H323
	case d.beginSOCKS(), d.beginSOCKS4(b):
	case stun.Is(b), isChannels(b):
		st.App, st.TCP.TURN = Framed, true
	case rfc4571.Plausible(b):
		st.App = Framed
	default:
		return false
	}
	return true
}

// feed gives bytes to the application's parser and returns how many it took; 0 means that it waits for more.
func (d *Dissector) feed(h *half, b []byte) int {
	switch d.at.st.App {
	case TLS:
		return d.feedTLS(h, b)
	case Connect:
		return d.feedConnect(h, b)
	case SOCKS:
		return d.feedSOCKS(h, b)
	case SOCKS4:
		return d.feedSOCKS4(h, b)
	case HTTP:
		return d.feedHTTP(h, b)
	case XMPP:
		return d.feedXMPP(h, b)
	case SSH:
		return d.feedSSH(h, b)
	case H323:
		return d.feedH323(b)
	case DNS:
		return d.feedDNS(b)
	case Framed:
		return d.feedFramed(h, b)
	case SIP:
		return d.feedSIP(h, b)
	}
	return len(b)
}

// feedFramed reads RFC 4571 frames, or TURN's messages, which stand in the stream without frame (RFC 8656 section
// 12.5).
func (d *Dissector) feedFramed(h *half, b []byte) int {
	d.framer(h).next(b, d.onFrame)
	return len(b)
}

// beyondPrefix follows record boundaries in the order in which segments come.
func (d *Dissector) beyondPrefix(h *half) {
	t, p := d.at.st.TCP, d.at.p
	undecided := d.at.st.App == Unknown && t.strange < maxStrange
	if (d.at.st.App == SIP || undecided) && sip.Is(p.Payload) {
		d.resumeSIP(h)
		return
	}
	framed := d.at.st.App == Framed || undecided && d.resumeFrames(h)
	if t.TLS == nil && !t.Midway && !framed && !undecided {
		return
	}
	seg := p.Payload
	if skip := int32(h.next - p.Seq); skip != 0 {
		var more bool
		if seg, more = d.outOfOrder(h, skip, framed); !more {
			return
		}
	}
	if framed {
		d.nextFrames(h, seg)
	} else {
		d.walk(h, seg)
	}
	if missing := int(p.PayloadLen) - len(p.Payload); missing > 0 {
		h.unread += int64(missing)
		d.missed(h, missing)
	}
	h.next = p.Seq + p.PayloadLen
}

// outOfOrder takes off the bytes of the segment that were seen, of which skip are at its beginning, or notes that some
// before it are missing where skip is negative. It is false where nothing is left.
func (d *Dissector) outOfOrder(h *half, skip int32, framed bool) (seg []byte, more bool) {
	p := d.at.p
	switch {
	case skip > 0 && skip < 1<<24:
		if framed {
			d.fillHoles(h, p.Seq, p.Payload)
		}
		if int(skip) >= len(p.Payload) {
			return nil, false
		}
		return p.Payload[skip:], true
	case skip < 0:
		if framed {
			h.open(d.framer(h), h.next, p.Seq)
		}
		d.missed(h, gap)
	}
	return p.Payload, true
}

func (d *Dissector) walk(h *half, seg []byte) {
	t := d.at.st.TCP
	ok := h.walker.Next(seg, d.onRecord)
	if t.TLS != nil || t.Midway {
		return
	}
	if !ok {
		t.strange++
		return
	}
	if t.records >= 3 {
		t.Midway = true
		d.at.st.App = TLS
	}
}

// record is called for each TLS record beyond the handshake.
func (d *Dissector) record(typ byte, size int) {
	if x := d.at.st.TCP.TLS; x != nil && x.phase != donePhase {
		d.flightRecord(x, typ, size)
	}
	if typ == recordApplication {
		d.at.st.TCP.records = min(d.at.st.TCP.records, 100) + 1
		d.message(size)
	}
}

const recordApplication = 23

// message counts one message for the cadence, which begins to be measured when there are some.
func (d *Dissector) message(n int) {
	t := d.at.st.TCP
	if t.messages++; t.messages < cadenceAfter {
		return
	}
	if t.Cadence == nil {
		t.Cadence = new(Cadence)
	}
	t.Cadence.Add(d.at.s, d.at.p.Time, n)
}
