package dissect

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/flow"
)

// transaction is an open STUN request.
type transaction struct {
	id   [12]byte
	side flow.Side
	n    uint8 // the number of the request, modulo 256
	time int64
	idle int64 // the longest silence of the side since it last heard of its address, up to the request
}

// Rebinding is a change of the address under which the other end sees a side.
type Rebinding struct {
	From, To     netip.AddrPort
	Number, Time int64 // of the answer that told
	// the longest silence of the side, ns, between the answer that told the former address and the request
	Idle int64
}

const (
	maxSoftware = 4
	maxMapped   = 8
	maxRebound  = 8
	maxTypes    = 32
	maxPending  = 16
	maxRTTs     = 32
	maxText     = 256 // bytes kept of SOFTWARE and USERNAME; RFC 8489 allows 763 and 509
)

// stunMessage notes one message of side s.
func (d *Dissector) stunMessage(f *flow.Flow, st *State, p *decode.Packet, s flow.Side, b []byte) {
	m := &d.stun
	if stun.Parse(b, m) != nil {
		return
	}
	if st.STUN == nil {
		st.STUN = new(STUNFacts)
	}
	if st.App == Unknown {
		st.App = STUN
	}
	x := st.STUN
	x.typed(m.Type)
	x.attributes(m)
	method := m.Type.Method()
	if method == stun.Send || method == stun.Data {
		d.relayed(f, st, p, s, m.Data)
	}
	if method != stun.Binding && method != stun.Allocate {
		return
	}
	switch m.Type.Class() {
	case stun.Request:
		f.Request(s)
		if x.ask(transaction{m.TransactionID, s, 0, max(p.Time, 1), max(x.quiet[s], f.Idle())}) {
			st.key("stun-request", p.Number, p.Time)
		}
	case stun.SuccessResponse, stun.ErrorResponse:
		if t, ok := x.answer(m.TransactionID, s, p.Time); ok {
			st.key("stun-answer", p.Number, p.Time)
			x.quiet[t.side] = 0
			x.afterMedia(st.Media)
			if m.Type.Class() == stun.SuccessResponse {
				x.rebind(m.Mapped(), t, p)
			}
		}
	}
}

func (x *STUNFacts) afterMedia(m *Media) {
	for s := range x.AfterMedia {
		if m != nil && len(m.Streams[s]) > 0 {
			x.AfterMedia[s]++
		}
	}
}

func (x *STUNFacts) typed(typ stun.Type) {
	for i := range x.Types {
		if x.Types[i].Type == typ {
			x.Types[i].N++
			return
		}
	}
	if x.Types == nil {
		x.Types = make([]STUNType, 0, 2) // of requests and of their answers
	}
	if len(x.Types) < maxTypes {
		x.Types = append(x.Types, STUNType{typ, 1})
	}
}

func (x *STUNFacts) attributes(m *stun.Message) {
	if m.Software != nil {
		x.software(text(m.Software))
	}
	if m.Username != nil && x.Username == "" {
		x.Username = string(text(m.Username))
	}
	if m.HasFlowInfo {
		x.FlowInfo = true
	}
	if a := m.Mapped(); a.IsValid() && m.Type.Class() == stun.SuccessResponse {
		x.mapped(a)
	}
	if a := m.XORRelayedAddress; a.IsValid() && len(x.Relayed) < maxMapped && !slices.Contains(x.Relayed, a) {
		x.Relayed = append(x.Relayed, a)
	}
	if m.HasLifetime && m.Type.Class() == stun.SuccessResponse {
		x.Lifetime = max(x.Lifetime, int64(m.Lifetime/time.Second))
	}
	if m.ErrorCode != 0 {
		x.failed(m.ErrorCode)
	}
}

func (x *STUNFacts) failed(code int) {
	if x.Errors == nil {
		x.Errors = make(map[int]int64)
	}
	if _, ok := x.Errors[code]; ok || len(x.Errors) < maxTypes {
		x.Errors[code]++
	}
}

func (x *STUNFacts) mapped(a netip.AddrPort) {
	if len(x.Mapped) < maxMapped && !slices.Contains(x.Mapped, a) {
		x.Mapped = append(x.Mapped, a)
	}
}

func (x *STUNFacts) software(b []byte) {
	for _, s := range x.Software {
		if s == string(b) {
			return
		}
	}
	if len(x.Software) < maxSoftware {
		x.Software = append(x.Software, string(b))
	}
}

// text is attribute text, bounded; padding bytes that some agents count as text are cut off.
func text(b []byte) []byte { return bytes.TrimRight(b[:min(len(b), maxText)], "\x00") }

// ask opens a transaction; false for a repetition of an open one.
func (x *STUNFacts) ask(n transaction) bool {
	for i := range x.pending {
		if t := &x.pending[i]; t.id == n.id && t.side == n.side {
			x.Retries++
			return false
		}
	}
	n.n = x.asked
	if len(x.pending) > 0 && n.n-x.pending[0].n == maxPending {
		x.pending = slices.Delete(x.pending, 0, 1)
	}
	x.pending = append(x.pending, n)
	x.asked++
	x.Requests++
	x.By[n.side]++
	return true
}

// rebind compares the address under which the asking side is seen with the one before.
func (x *STUNFacts) rebind(seen netip.AddrPort, t transaction, p *decode.Packet) {
	last := &x.latest[t.side]
	if !seen.IsValid() || *last == seen {
		return
	}
	if last.IsValid() && len(x.Rebound) < maxRebound {
		x.Rebound = append(x.Rebound, Rebinding{*last, seen, p.Number, p.Time, t.idle})
	}
	*last = seen
}

// answer closes the transaction that the message of side s answers.
func (x *STUNFacts) answer(id [12]byte, s flow.Side, time int64) (done transaction, ok bool) {
	for i := range x.pending {
		t := &x.pending[i]
		if t.id != id || t.side == s {
			continue
		}
		x.trip(Trip{t.time, max(time-t.time, 0)}) // the clock may have been set back
		x.Answered++
		x.Last = time
		done = *t
		x.pending = slices.Delete(x.pending, i, i+1)
		return done, true
	}
	return transaction{}, false
}

func (x *STUNFacts) trip(t Trip) {
	if x.rtts < maxRTTs {
		x.rtt = append(x.rtt, t.RTT)
	} else {
		x.rtt[x.rtts%maxRTTs] = t.RTT
	}
	x.rtts++
	x.trips.Add(t, maxTrips)
}

// RTT is the median of the latest round trips in nanoseconds; ok is false when there was none.
func (x *STUNFacts) RTT() (ns int64, ok bool) {
	if len(x.rtt) == 0 {
		return 0, false
	}
	r := slices.Clone(x.rtt)
	slices.Sort(r)
	return r[(len(r)-1)/2], true
}
