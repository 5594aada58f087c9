package dissect

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/pcaptest"
)

// A fuzz input is a list of packets: one byte of oddities, a length of 16 bits, a payload.
const (
	fromB   = 1 << iota // sent by the second end
	withSYN             // a SYN
	gapped              // 100 bytes before it are missing
	again               // begins 20 bytes earlier
	cutOff              // 50 bytes more were on the wire
	above               // between the ports next above
)

// seed writes a flow of a capture as a fuzz input.
func seed(c *pcaptest.Capture) (tcp bool, port uint16, out []byte) {
	dec := decode.New(decode.Config{NoDeduplicate: true})
	var p decode.Packet
	var first flow.Key
	for _, f := range c.Frames {
		if r, _ := decodeFrame(dec, f, &p); r != decode.OK {
			continue
		}
		k, s := flow.KeyOf(&p)
		if first == (flow.Key{}) {
			first, tcp, port = k, p.Proto == decode.ProtoTCP, p.DstPort
		}
		if k != first || len(p.Payload) == 0 && p.Flags&decode.SYN == 0 {
			continue
		}
		out = append(out, byte(s)|p.Flags&decode.SYN, byte(len(p.Payload)>>8), byte(len(p.Payload)))
		if out = append(out, p.Payload...); len(out) > 6000 {
			break
		}
	}
	return tcp, port, out
}

// fuzzInput is what is left of one, and where its flow stands.
type fuzzInput struct {
	b       []byte
	tcp     bool
	ends    [2]decode.Packet // what all packets of an end have in common
	next    [2]uint32        // sequence numbers
	packets int64
}

// packet takes the next one off; ok is false where none is whole. Its payload is its own.
func (in *fuzzInput) packet() (p decode.Packet, ok bool) {
	if len(in.b) < 3 {
		return p, false
	}
	odd, size := in.b[0], min(int(binary.BigEndian.Uint16(in.b[1:])), len(in.b)-3)
	data := append([]byte(nil), in.b[3:3+size]...)
	in.b = in.b[3+size:]
	s := odd & fromB
	p = in.ends[s]
	in.packets++
	at := in.packets * 20e6
	p.Number, p.Time, p.Clock, p.Payload, p.PayloadLen = in.packets, at, at, data, uint32(len(data))
	p.Proto, p.IPLen = decode.ProtoUDP, uint32(len(data)+28)
	if odd&cutOff != 0 {
		p.PayloadLen += 50
	}
	if odd&above != 0 {
		p.SrcPort, p.DstPort = p.SrcPort+1, p.DstPort+1
	}
	if in.tcp {
		p.Proto, p.Flags = decode.ProtoTCP, decode.ACK|odd&withSYN
		if odd&gapped != 0 {
			in.next[s] += 100
		}
		if odd&again != 0 {
			in.next[s] -= 20
		}
		p.Seq = in.next[s]
		in.next[s] += p.PayloadLen + uint32(odd&withSYN)>>1
	}
	p.Hash = decode.FlowHash(p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto)
	return p, true
}

// fuzzCaptures hold a flow of each protocol.
func fuzzCaptures() []*pcaptest.Capture {
	ask := pcaptest.Connect{Target: "170.72.1.2:443"}
	tls := pcaptest.TLS{SNI: "a.wbx2.com", Chain: pcaptest.MediaNodeChain("a.wbx2.com")}
	hybrid := pcaptest.TLS{Version: pcaptest.TLS13, SNI: "a.wbx2.com", Groups: []uint16{0x11ec, 0x1d}, Group: 0x1d,
		Flight: []int{40, 900, 80}}
	early := pcaptest.TLS{Version: pcaptest.TLS13, SNI: "a.wbx2.com", Resumed: true, Early: 90}
	return []*pcaptest.Capture{
		session(pcaptest.Path{MSS: 500}, hybrid, nil), session(pcaptest.Path{}, early, nil),
		fallback(pcaptest.Path{}, nil), fallback(pcaptest.Path{MSS: 40}, nil), session(pcaptest.Path{}, tls, nil), session(pcaptest.Path{MSS: 100}, tls, nil),
		play(stream(1, 20), stream(2, 20)), send(binding(1, request), binding(1, success)), send(pcaptest.QUICInitial(pcaptest.NewRand(1), "a.b", "h3")),
		send(pcaptest.DTLSClientHello(pcaptest.NewRand(1), 0)), send(pcaptest.SIP{Start: "OPTIONS sip:a.b SIP/2.0"}.Bytes()),
		story(func(s *pcaptest.Scenario) { s.TLS(s.TCP(office, gateway, pcaptest.Path{}).Open().Connect(ask), tls) }),
		story(func(s *pcaptest.Scenario) { s.TURN(s.TCP(client, node, pcaptest.Path{}).Open(), "u", node) }),
		relayedCall(0, 80).Filter(func(i int, _ pcaptest.Frame) bool { return i > 100 }),
		relayedCall(500, 901).Filter(func(i int, _ pcaptest.Frame) bool { return i > 101 }),
		story(func(s *pcaptest.Scenario) {
			s.TCP(phone, registrar, pcaptest.Path{MSS: 60}).Open().Send(append(invite(-5), invite(5)...)).Send(
				invite(0))
		}),
		story(func(s *pcaptest.Scenario) {
			s.UDP(phone, registrar, pcaptest.Path{}).Send(invite(0)).Recv(answer("200 OK"))
		}),
		story(func(s *pcaptest.Scenario) {
			s.TLS(s.TCP(office, gateway, pcaptest.Path{}).Open().SOCKS(pcaptest.SOCKS{Host: "a.b", Port: 443,
				Password: true}), tls)
		}),
		story(func(s *pcaptest.Scenario) {
			s.TLS(s.TCP(office, gateway, pcaptest.Path{}).Open().SOCKS4(pcaptest.SOCKS4{Host: "a.b", Port: 443}), tls)
		}),
		story(func(s *pcaptest.Scenario) { s.TLS(s.TCP(office, web, pcaptest.Path{}).Open().StartTLS("a.b"), tls) }),
		story(func(s *pcaptest.Scenario) {
			s.TCP(office, web, pcaptest.Path{}).Open().HTTP(pcaptest.HTTP{Host: "a.b", Status: 407, Body: "no"}).HTTP(
				pcaptest.HTTP{Method: "HEAD", Status: 101})
		}),
		story(func(s *pcaptest.Scenario) {
			s.TCP(office, web, pcaptest.Path{}).Open().Send(pcaptest.Q931(5, false, 1)).Recv(
				pcaptest.Q931(0x5a, true, 1))
		}),
		story(func(s *pcaptest.Scenario) {
			u := s.UDP(client, node, pcaptest.Path{})
			s.TURN(u, "u", node)
			u.Send(pcaptest.ChannelData(0x4001, rtpPackets(7, 1)[0])).Recv(pcaptest.RAS(3, 1))
		}),
		story(func(s *pcaptest.Scenario) {
			s.UDP(client, netip.AddrPortFrom(node.Addr(), portNTP), pcaptest.Path{}).NTP(2, 0)
		}),
		story(func(s *pcaptest.Scenario) { s.TCP(office, web, pcaptest.Path{}).Open().Send([]byte("SSH-2.0-a\r\n")) }),
		story(func(s *pcaptest.Scenario) {
			c := pcaptest.WebexNativeCall(pcaptest.Native2023, client.Addr(), node)
			c.Lasting = time.Second
			s.NativeCall(c)
		}).Filter(func(i int, f pcaptest.Frame) bool { return len(f.Data) < 400 }),
		story(func(s *pcaptest.Scenario) { s.DNS(asker.Addr(), resolver, locus, pcaptest.Path{}) }),
	}
}

// FuzzDissector shows arbitrary segments and datagrams to a dissector, in one flow and the one above. Nothing panics,
// and bounds hold.
func FuzzDissector(f *testing.F) {
	for _, c := range fuzzCaptures() {
		tcp, port, b := seed(c)
		f.Add(tcp, port, b)
		odd := append([]byte(nil), b...)
		for i := 0; len(odd) > i+3; i += 3 + int(binary.BigEndian.Uint16(odd[i+1:])) {
			odd[i] ^= []byte{gapped, again, cutOff, fromB}[i%4]
			if len(odd) > i+4 && odd[i+4] >= 200 && odd[i+4] < 208 {
				odd[i] ^= above // RTCP
			}
		}
		f.Add(tcp, port, odd)
	}
	f.Fuzz(func(t *testing.T, tcp bool, port uint16, b []byte) {
		d := New()
		table := flow.NewTable(flow.Config{}, func(e *flow.Entry[State]) {
			d.Close(&e.Flow, &e.State)
			checkBounds(t, &e.State)
		})
		d.RTPOf = func(f *flow.Flow, now int64) *State {
			if k, ok := f.Key.Below(); ok {
				if e := table.Find(&k, now); e != nil {
					return &e.State
				}
			}
			return nil
		}
		in := fuzzInput{b: b, tcp: tcp, next: [2]uint32{1 << 31, 0xfffffff0}, ends: [2]decode.Packet{
			{Src: decode.Addr{Lo: 1}, Dst: decode.Addr{Lo: 2}, SrcPort: 40000, DstPort: port},
			{Src: decode.Addr{Lo: 2}, Dst: decode.Addr{Lo: 1}, SrcPort: port, DstPort: 40000},
		}}
		for p, ok := in.packet(); ok; p, ok = in.packet() {
			e, side, _ := table.Add(&p)
			d.Packet(&e.Flow, &e.State, &p, side)
			clear(p.Payload) // nobody may keep it
		}
		table.Flush(in.packets * 20e6)
	})
}

func checkBounds(t *testing.T, st *State) {
	if len(st.Keys) > maxKeys {
		t.Fatalf("%d key packets", len(st.Keys))
	}
	if st.Media != nil {
		st.Media.checkBounds(t)
	}
	if l := st.DNS; l != nil && len(l.List) > maxLookups {
		t.Fatalf("%d lookups", len(l.List))
	}
	if x := st.Others().SIP; x != nil && (len(x.Requests) > maxSIPMethods || len(x.Answers) > maxSIPStatuses ||
		len(x.Agents) > maxSIPAgents || len(x.Addresses) > maxSIPAddresses || len(x.Media) > maxSIPMedia) {
		t.Fatalf("%+v", x)
	}
	if x := st.STUN; x != nil && len(x.Relayed) > maxMapped {
		t.Fatalf("%d relayed addresses", len(x.Relayed))
	}
	if st.TCP != nil {
		st.TCP.checkBounds(t)
	}
}

func (m *Media) checkBounds(t *testing.T) {
	for s := range m.Streams {
		if len(m.candidate[s]) > maxCandidates {
			t.Fatalf("%d candidates", len(m.candidate[s]))
		}
		for _, r := range m.Streams[s] {
			if r.Packets < confirmAfter {
				t.Fatalf("a stream of %d packets", r.Packets)
			}
			if l, _ := r.Ledger(); min(l.Numbers-l.Missing-l.Behind+l.Proven, l.Behind-l.Least, l.Least, l.Proven) < 0 {
				t.Fatalf("%+v", l)
			}
			m.Asked[s].Rate(r.PayloadType())
		}
	}
}

func (x *TCPState) checkBounds(t *testing.T) {
	if h := x.HTTP; h != nil && (len(h.Exchanges) > maxExchanges || len(h.Fields) > maxFields ||
		len(h.Server)+len(h.UserAgent)+len(h.Via) > 3*maxName) {
		t.Fatalf("%+v", h)
	}
	if x.side != nil {
		t.Fatal("buffers of an ended flow")
	}
	if x.TLS != nil {
		x.TLS.checkBounds(t)
	}
}

func (x *TLSFacts) checkBounds(t *testing.T) {
	if len(x.Alerts) > maxAlerts {
		t.Fatalf("%d alerts", len(x.Alerts))
	}
	if n := max(len(x.Versions), len(x.Groups), len(x.KeyShares), len(x.ALPNOffered)); n > maxOffered {
		t.Fatalf("%d entries of a hello's list", n)
	}
	for _, f := range []*Flight{&x.ServerFlight, &x.ClientFlight} {
		if f.Bytes < int64(f.Count)-1 || len(f.List()) != min(f.Count, maxSizes) || f.Bytes > longFlight+1<<24 {
			t.Fatalf("flight %+v", f)
		}
	}
}
