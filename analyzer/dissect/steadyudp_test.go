package dissect

import (
	"testing"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/pcaptest"
)

// steadyQUIC shows packets with short headers after the Initial of a connection.
func steadyQUIC() *steady {
	r := pcaptest.NewRand(1)
	k := &steady{name: "quic, short header"}
	d, f := New(), &flow.Flow{Key: flow.Key{PortA: 52000, PortB: 443, Proto: decode.ProtoUDP}}
	p := decode.Packet{Number: 1, Time: 1, Proto: decode.ProtoUDP, Payload: pcaptest.QUICInitial(r, "a.example", "h3")}
	p.PayloadLen = uint32(len(p.Payload))
	d.Packet(f, &k.st, &p, flow.A)
	p.Payload = pcaptest.QUICShort(r, [8]byte{1, 2, 3}, 1200)
	p.PayloadLen = uint32(len(p.Payload))
	k.step = func() {
		p.Number++
		p.Time += 1e6
		d.Packet(f, &k.st, &p, flow.B)
	}
	return k
}

// steadyRTCP shows SRTCP reports on the flow of a stream.
func steadyRTCP() *steady {
	k := steadyRTP(1)
	for range 100 {
		k.step()
	}
	d, f := New(), &flow.Flow{Key: flow.Key{PortA: 52000, PortB: 5004, Proto: decode.ProtoUDP}}
	payload := pcaptest.SenderReport{SSRC: 1, Sent: pcaptest.Start, CNAME: "c"}.SRTCP(1)
	p := decode.Packet{Number: 1000, Time: 1000e6, Proto: decode.ProtoUDP, Payload: payload,
		PayloadLen: uint32(len(payload))}
	k.name, k.step = "rtcp", func() {
		p.Number++
		p.Time += 1e9
		d.Packet(f, &k.st, &p, flow.A)
	}
	return k
}

// TestSteadyKinds: the packets of the two are taken for what they are, else they would measure how packets are refused.
func TestSteadyKinds(t *testing.T) {
	quic, reports := steadyQUIC(), steadyRTCP()
	for range 100 {
		quic.step()
		reports.step()
	}
	if q, r := &quic.st, &reports.st; q.App != QUIC || q.Refused != 0 || r.RTCP.Sealed != 100 || r.Refused != 0 {
		t.Errorf("%v, %d refused; %d SRTCP packets, %d refused", q.App, q.Refused, r.RTCP.Sealed, r.Refused)
	}
}
