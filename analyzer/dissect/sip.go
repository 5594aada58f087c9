package dissect

import (
	"bytes"
	"net/netip"

	"webexaudit/analyzer/dissect/sdp"
	"webexaudit/analyzer/dissect/sip"
	"webexaudit/analyzer/flow"
)

// SIPFacts sums up the SIP messages of a flow that are in clear.
type SIPFacts struct {
	Messages  int64 // with those below that found no place
	Requests  []SIPRequests
	Answers   []SIPAnswers
	CallID    string   // the first one
	Agents    []string // User-Agent and Server
	Domains   []string // hosts of request URIs, To and From, in lower case
	Timers    []SIPTimer
	Cut       int64 // messages that were not captured to their end
	Short     int64 // bodies shorter than Content-Length announced
	Long      int64 // bodies longer
	Compared  [sipPlaces]int64
	Addresses []SIPAddress // compared and not the same
	Media     []SIPMedia   // announced by SDP

	AddressesDropped, MediaDropped int64

	answered []uint32 // by timer: CSeq of the latest answer that set it
}

// SIPRequests counts the requests of one method.
type SIPRequests struct {
	Method string
	N      int64
}

// SIPAnswers counts the responses of one status code.
type SIPAnswers struct {
	Status int
	N      int64
}

// SIPPlace is where in a message an address stands.
type SIPPlace uint8

// The places whose addresses are compared with those of the packet. SIPVia: sent-by of the topmost Via of a request,
// the hop that sent it. SIPContact and SIPConnection (c= in SDP): of a request with a single Via, which comes from a
// user agent. SIPReceived: of an answer with a single Via, the source that the server saw (RFC 3261 section 18.2.1),
// against the packet's destination.
const (
	SIPVia SIPPlace = iota
	SIPContact
	SIPConnection
	SIPReceived
	sipPlaces
)

var placeNames = [...]string{"via", "contact", "sdp", "received"}

func (p SIPPlace) String() string { return placeNames[p] }

// SIPAddress is an address in messages that is not the packet's.
type SIPAddress struct {
	Where   SIPPlace
	Address netip.Addr
	Packet  netip.Addr // source, of SIPReceived destination
	RPort   bool       // the Via had rport (RFC 3581)
	N       int64
	Number  int64 // of the first packet
}

// Bounds of the facts of one flow.
const (
	maxSIPMethods   = 32
	maxSIPStatuses  = 64
	maxSIPAgents    = 4
	maxSIPText      = 128 // bytes of Call-ID and agents
	maxSIPAddresses = 16
	maxSIPMedia     = 32
	maxSIPKeys      = 6 // key packets of a kind
)

// sipDatagram reads one datagram.
func (d *Dissector) sipDatagram() {
	p := d.at.p
	cut := len(p.Payload) < int(p.PayloadLen)
	if !d.sipMessage(p.Payload, cut) || cut {
		return
	}
	m := &d.sip
	if !m.Whole || m.ContentLength < 0 {
		return
	}
	switch n := len(m.Body) - m.ContentLength; {
	case n < 0:
		d.at.st.wrongLength(&d.at.st.others.SIP.Short, d.at.p.Number, d.at.p.Time)
	case n > 0 && sip.KeepAlive(m.Body[m.ContentLength:]) < n:
		d.at.st.wrongLength(&d.at.st.others.SIP.Long, d.at.p.Number, d.at.p.Time)
	}
}

func (s *State) wrongLength(count *int64, number, time int64) {
	if *count++; s.others.SIP.Short+s.others.SIP.Long <= maxSIPKeys {
		s.key("sip-length", number, time)
	}
}

// sipMessage notes one message of which all is there, or a part. It stays in d.sip.
func (d *Dissector) sipMessage(b []byte, cut bool) bool {
	m, st := &d.sip, d.at.st
	if sip.Parse(b, m) != nil {
		return false
	}
	o := st.other()
	if o.SIP == nil {
		o.SIP = new(SIPFacts)
	}
	x := o.SIP
	x.Messages++
	if cut {
		x.Cut++
	}
	if m.Method != nil {
		d.sipRequest(x, m)
	} else {
		d.sipAnswer(x, m)
	}
	if x.CallID == "" {
		x.CallID = clip(m.CallID)
	}
	x.agent(m.UserAgent)
	x.agent(m.Server)
	x.domains(m)
	x.timer(m, d.at.s, d.at.p.Time)
	d.sipBody(x, m, cut)
	return true
}

// clip copies the beginning of a text.
func clip(b []byte) string { return string(b[:min(len(b), maxSIPText)]) }

func (x *SIPFacts) agent(b []byte) {
	b = b[:min(len(b), maxSIPText)]
	for _, a := range x.Agents {
		if a == string(b) {
			return
		}
	}
	if len(b) > 0 && len(x.Agents) < maxSIPAgents {
		x.Agents = append(x.Agents, string(b))
	}
}

func (d *Dissector) sipRequest(x *SIPFacts, m *sip.Message) {
	src := d.at.f.Key.Addr(d.at.s).Netip()
	if len(m.Via) > 0 {
		x.compare(SIPVia, m.Via[0].Addr(), src, m.Via[0].RPort, d.at.p.Number)
	}
	if m.Whole && len(m.Via) == 1 {
		for i := range m.Contact {
			x.compare(SIPContact, m.Contact[i].Addr(), src, m.Via[0].RPort, d.at.p.Number)
		}
	}
	for i := range x.Requests {
		if r := &x.Requests[i]; r.Method == string(m.Method) {
			r.N++
			return
		}
	}
	if len(x.Requests) < maxSIPMethods {
		x.Requests = append(x.Requests, SIPRequests{string(m.Method), 1})
		if len(x.Requests) <= maxSIPKeys {
			d.at.st.key("sip-request", d.at.p.Number, d.at.p.Time)
		}
	}
}

func (d *Dissector) sipAnswer(x *SIPFacts, m *sip.Message) {
	if m.Whole && len(m.Via) == 1 && m.Via[0].Received != nil {
		x.compare(SIPReceived, received(&m.Via[0]), d.at.f.Key.Addr(d.at.s.Other()).Netip(), m.Via[0].RPort,
			d.at.p.Number)
	}
	for i := range x.Answers {
		if r := &x.Answers[i]; r.Status == m.Status {
			r.N++
			return
		}
	}
	if len(x.Answers) < maxSIPStatuses {
		x.Answers = append(x.Answers, SIPAnswers{m.Status, 1})
		if len(x.Answers) <= maxSIPKeys {
			d.at.st.key("sip-answer", d.at.p.Number, d.at.p.Time)
		}
	}
}

func received(v *sip.Via) netip.Addr {
	seen := sip.Via{Host: v.Received}
	return seen.Addr()
}

// compare holds an address within a message against the packet's; names and unspecified addresses (a call on hold) say
// nothing.
func (x *SIPFacts) compare(where SIPPlace, a, packet netip.Addr, rport bool, number int64) {
	a, packet = a.Unmap(), packet.Unmap()
	if !a.IsValid() || a.IsUnspecified() {
		return
	}
	x.Compared[where]++
	if a == packet {
		return
	}
	for i := range x.Addresses {
		if l := &x.Addresses[i]; l.Where == where && l.Address == a && l.Packet == packet {
			l.N++
			l.RPort = l.RPort || rport
			return
		}
	}
	if len(x.Addresses) >= maxSIPAddresses {
		x.AddressesDropped++
		return
	}
	x.Addresses = append(x.Addresses, SIPAddress{where, a, packet, rport, 1, number})
}

// sipBody reads a session description, alone or within a multipart body (RFC 5621).
func (d *Dissector) sipBody(x *SIPFacts, m *sip.Message, cut bool) {
	body := m.Body
	switch kind := m.ContentType; {
	case bytes.EqualFold(kind, []byte("application/sdp")):
	case len(kind) > 10 && bytes.EqualFold(kind[:10], []byte("multipart/")):
		i := bytes.Index(body, []byte("\nv=0"))
		if i < 0 {
			return
		}
		body = body[i+1:]
		if i := bytes.Index(body, []byte("\n--")); i >= 0 {
			body, cut = body[:i+1], false
		}
	default:
		return
	}
	// where Content-Length is too short, the last line in a stream is not what was sent
	whole := !cut && d.at.f.TCP == nil
	if sdp.Parse(body, whole, &d.sdp) != nil {
		return
	}
	x.MediaDropped += int64(d.sdp.Dropped)
	for i := range d.sdp.Media {
		d.announced(x, m, &d.sdp.Media[i])
	}
}

// announced notes one medium of a description; those that are switched off (port 0) are none.
func (d *Dissector) announced(x *SIPFacts, m *sip.Message, in *sdp.Media) {
	if m.Method != nil && len(m.Via) == 1 {
		x.compare(SIPConnection, in.Connection.Addr, d.at.f.Key.Addr(d.at.s).Netip(), m.Via[0].RPort, d.at.p.Number)
	}
	if in.Port == 0 {
		return
	}
	l := x.medium(d.at.s, in)
	if l == nil {
		if len(x.Media) >= maxSIPMedia {
			x.MediaDropped++
			return
		}
		x.Media = append(x.Media, newSIPMedia(d.at.s, in))
		l = &x.Media[len(x.Media)-1]
		l.Number, l.First = d.at.p.Number, d.at.p.Time
	}
	l.Last = d.at.p.Time
	l.Crypto, l.Fingerprint = l.Crypto || in.Crypto, l.Fingerprint || in.Fingerprint
	l.types(in.Types)
}

// medium finds a medium that was announced before.
func (x *SIPFacts) medium(s flow.Side, in *sdp.Media) *SIPMedia {
	for i := range x.Media {
		if l := &x.Media[i]; l.Side == s && int(l.Port) == in.Port && l.Host == string(in.Connection.Name) &&
			l.Kind == string(in.Kind) && l.Profile == string(in.Profile) {
			return l
		}
	}
	return nil
}
