package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/ntp"
	"webexaudit/analyzer/flow"
)

const portNTP = 123

// NTPFacts is what a client asked a time source and what it was told.
type NTPFacts struct {
	Requests int64 // of clients
	Answered int64 // requests with an answer that repeats their transmit timestamp
	Stray    int64 // answers to no request that was seen
	Version  uint8 // of the first message
	Stratum  uint8 // of the latest answer
	Kiss     string
	NoTime   int64 // answers without usable time: kiss-o'-death, or a clock that is not synchronised

	pending [8]uint64 // transmit timestamps of open requests
	next    uint8
}

// ntpMessage notes one message of side s. NTP has no magic number: beside the form it takes the port.
func (d *Dissector) ntpMessage(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) bool {
	if f.Key.PortA != portNTP && f.Key.PortB != portNTP {
		return false
	}
	m, err := ntp.Parse(p.Payload)
	if err != nil {
		return false
	}
	o := st.other()
	if o.NTP == nil {
		st.App, o.NTP = NTP, &NTPFacts{Version: m.Version}
	}
	switch x := o.NTP; m.Mode {
	case ntp.Client:
		f.Request(s)
		x.ask(m.Transmit)
		st.key("ntp-request", p.Number, p.Time)
	case ntp.Server:
		f.Request(s.Other())
		x.answer(&m)
		st.key("ntp-answer", p.Number, p.Time)
	}
	return true
}

func (x *NTPFacts) ask(transmit uint64) {
	x.Requests++
	x.pending[x.next] = transmit
	x.next = (x.next + 1) % uint8(len(x.pending))
}

func (x *NTPFacts) answer(m *ntp.Message) {
	x.Stratum = m.Stratum
	if k := m.Kiss(); k != "" {
		x.Kiss = k
	}
	if !m.GivesTime() {
		x.NoTime++
	}
	for i, t := range x.pending {
		if t == m.Origin && t != 0 {
			x.pending[i] = 0
			x.Answered++
			return
		}
	}
	x.Stray++
}
