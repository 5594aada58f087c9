package pcaptest

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/stun/v3"
	"golang.org/x/net/dns/dnsmessage"
)

func TestSTUNAgainstPion(t *testing.T) {
	s := New(1, Start)
	b := s.WebexBinding()
	request, answer := b.messages(s.Rand, testClient)
	var q, a stun.Message
	for m, raw := range map[*stun.Message][]byte{&q: request, &a: answer} {
		if err := stun.Decode(raw, m); err != nil {
			t.Fatal(err)
		}
		if err := stun.NewShortTermIntegrity("pcaptest").Check(m); err != nil {
			t.Errorf("integrity: %v", err)
		}
		if err := stun.Fingerprint.Check(m); err != nil {
			t.Errorf("fingerprint: %v", err)
		}
	}
	var software stun.Software
	var user stun.Username
	if software.GetFrom(&q) != nil || software.String() != "Cisco-Spark" || user.GetFrom(&q) != nil || len(user) != 13 {
		t.Errorf("software %q, user name %q", software, user)
	}
	if !q.Contains(stun.AttrType(AttrWebexFlowInfo)) || q.Type != stun.BindingRequest {
		t.Errorf("request: %v", q)
	}
	var mapped stun.XORMappedAddress
	if mapped.GetFrom(&a) != nil || mapped.String() != testClient.String() || a.TransactionID != q.TransactionID {
		t.Errorf("answer: %v, mapped %v", a, mapped)
	}
}

func TestSTUNVariants(t *testing.T) {
	s := New(1, Start)
	u := s.UDP(testClient, testServer, Path{})
	s.STUN(u, Binding{Unanswered: true})
	s.STUN(u, Binding{Error: 487})
	s.STUN(u, Binding{Mapped: netip.MustParseAddrPort("[2001:db8::1]:9")})
	s.TURN(u, "webexturnreachuser", netip.MustParseAddrPort("170.72.1.2:20000"))
	var types []stun.MessageType
	for _, f := range s.Capture().Frames {
		m := stun.Message{Raw: f.Data[42:]}
		if err := m.Decode(); err != nil {
			t.Fatal(err)
		}
		types = append(types, m.Type)
	}
	allocate := func(c stun.MessageClass) stun.MessageType { return stun.NewType(stun.MethodAllocate, c) }
	want := []stun.MessageType{
		stun.BindingRequest, stun.BindingRequest, stun.BindingError, stun.BindingRequest, stun.BindingSuccess,
		allocate(stun.ClassRequest), allocate(stun.ClassErrorResponse), allocate(stun.ClassRequest), allocate(stun.ClassSuccessResponse),
	}
	if !slices.Equal(types, want) {
		t.Errorf("messages %v, want %v", types, want)
	}
}

// received is what a receiver finds in a stream's events, in order of time.
func received(t *testing.T, s RTPStream) (n RTPCount, packets []rtp.Packet) {
	t.Helper()
	sc := New(1, Start)
	Play(sc.UDP(testClient, testServer, Path{}), s.Events())
	seen := map[uint16]bool{}
	var highest uint16
	for i, f := range sc.Capture().Frames {
		var p rtp.Packet
		if err := p.Unmarshal(f.Data[42:]); err != nil {
			t.Fatal(err)
		}
		packets = append(packets, p)
		switch {
		case seen[p.SequenceNumber]:
			n.Duplicated++
		case i > 0 && int16(p.SequenceNumber-highest) < 0:
			n.Reordered++
		default:
			highest = p.SequenceNumber
		}
		seen[p.SequenceNumber] = true
	}
	n.Expected, n.Lost = s.Packets, s.Packets-len(seen)
	return n, packets
}

func TestRTPPatternsCount(t *testing.T) {
	base := RTPStream{Start: Start, Packets: 1000, SSRC: 7, PT: 98, FirstSeq: 65000, FirstTS: 1 << 31}
	for _, c := range []struct {
		name   string
		change func(*RTPStream)
		want   RTPCount
	}{
		{"clean", func(*RTPStream) {}, RTPCount{Expected: 1000}},
		{"one in twenty lost", func(s *RTPStream) { s.Loss = EveryNth(20) }, RTPCount{Expected: 1000, Lost: 50}},
		{"bursts of five", func(s *RTPStream) { s.Loss = Runs(100, 5) }, RTPCount{Expected: 1000, Lost: 50}},
		{"outage", func(s *RTPStream) { s.Loss = Between(250, 600) }, RTPCount{Expected: 1000, Lost: 350}},
		{"duplicates", func(s *RTPStream) { s.Duplicate = EveryNth(10) }, RTPCount{Expected: 1000, Duplicated: 100}},
		{"reordered", func(s *RTPStream) { s.Reorder = Only(3, 4, 500) }, RTPCount{Expected: 1000, Reordered: 2}},
		{"all at once", func(s *RTPStream) {
			s.Loss, s.Duplicate, s.Reorder = EveryNth(20), Only(1, 19), Only(100, 118, 119)
		}, RTPCount{Expected: 1000, Lost: 50, Duplicated: 1, Reordered: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := base
			c.change(&s)
			got, _ := received(t, s)
			if got != c.want || s.Count() != c.want {
				t.Errorf("received %+v, Count %+v, want %+v", got, s.Count(), c.want)
			}
		})
	}
}

func TestRTPFields(t *testing.T) {
	s := RTPStream{
		Start: Start, Packets: 6, SSRC: 7, PT: 108, ClockRate: 90000, Interval: time.Second / 25, Burst: 3, FirstSeq: 65534,
		FirstTS: 100, CSRC: []uint32{9}, Profile: 0xbede, Extension: []byte{0x10, 5, 0, 0}, PayloadSize: Always(50),
	}
	_, packets := received(t, s)
	for i, p := range packets {
		if p.SequenceNumber != 65534+uint16(i) || p.Timestamp != 100+uint32(i/3)*3600 || p.Marker != (i%3 == 2) {
			t.Errorf("packet %d: %+v", i, p.Header)
		}
		if p.SSRC != 7 || p.PayloadType != 108 || len(p.CSRC) != 1 || len(p.Payload) != 50 ||
			!bytes.Equal(p.GetExtension(1), []byte{5}) {
			t.Errorf("packet %d: %+v", i, p.Header)
		}
	}
}

func TestMarksOfEvents(t *testing.T) {
	sc := New(1, Start)
	u := sc.UDP(testClient, testServer, Path{DSCP: CS3})
	s := RTPStream{Start: Start, Packets: 2, Mark: func(i int) uint8 { return []uint8{EF, AF41}[i] }}
	Play(u, s.Events())
	u.Send([]byte("unmarked by an event"))
	var marks []uint8
	for _, f := range sc.Capture().Frames {
		marks = append(marks, f.Data[15]>>2)
	}
	if !slices.Equal(marks, []uint8{EF, AF41, CS3}) {
		t.Errorf("marks %v", marks)
	}
}

func TestRTCPAgainstPion(t *testing.T) {
	of := RTPStream{Start: Start, SSRC: 7, FirstTS: 1000, Interval: 20 * time.Millisecond}
	events := RTCPStream{Of: of, About: 8, Every: 5 * time.Second, N: 2}.Events()
	packets, err := rtcp.Unmarshal(events[1].Data)
	if err != nil || len(packets) != 2 {
		t.Fatalf("%v %v", packets, err)
	}
	sr := packets[0].(*rtcp.SenderReport)
	if sr.SSRC != 7 || sr.PacketCount != 500 || sr.RTPTime != 1000+480000 || len(sr.Reports) != 1 ||
		sr.Reports[0].SSRC != 8 {
		t.Errorf("sender report: %+v", sr)
	}
	if seconds := int64(sr.NTPTime>>32) - 2208988800; seconds != Start.Unix()+10 {
		t.Errorf("NTP time: %d", seconds)
	}
	if got := packets[1].(*rtcp.SourceDescription).Chunks[0].Items[0].Text; got != "pcaptest" {
		t.Errorf("CNAME %q", got)
	}
	rr, err := rtcp.Unmarshal(SenderReport{SSRC: 7, Reports: []RTCPReport{{SSRC: 8, Fraction: 12, Lost: 5, Jitter: 96}},
		CNAME: "a"}.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if r := rr[0].(*rtcp.ReceiverReport).Reports[0]; r.FractionLost != 12 || r.TotalLost != 5 || r.Jitter != 96 {
		t.Errorf("receiver report: %+v", r)
	}
}

// TestSRTCP: what is encrypted, and what is added (RFC 3711 section 3.4).
func TestSRTCP(t *testing.T) {
	of := RTPStream{Start: Start, SSRC: 7, FirstTS: 1000, Interval: 20 * time.Millisecond}
	events := RTCPStream{Of: of, About: 8, Every: 5 * time.Second, N: 2}.Events()
	clear, secure := events[0].Data, RTCPStream{Of: of, About: 8, Every: 5 * time.Second, N: 1,
		Secure: true}.Events()[0].Data
	if len(secure) != len(clear)+14 || !bytes.Equal(secure[:8], clear[:8]) || bytes.Equal(secure[8:20], clear[8:20]) {
		t.Error("SRTCP: eight clear bytes, the rest encrypted, index and tag of 14 bytes wanted")
	}
}

func TestDNS(t *testing.T) {
	s := New(1, Start)
	v4, v6 := netip.MustParseAddr("52.29.8.14"), netip.MustParseAddr("2a05::1")
	s.DNS(ClientA, Resolver, DNS{Name: "a.wbx2.com", Addrs: []netip.Addr{v4, v6}, CNAMEs: []string{"b.example.net"}}, Path{})
	s.DNS(ClientA, Resolver, DNS{Name: "no.example", Code: 3}, Path{})
	s.DNS(ClientA, Resolver, DNS{Name: "silent.example", Unanswered: true}, Path{})
	var got []string
	for _, f := range s.Capture().Frames {
		var m dnsmessage.Message
		if err := m.Unpack(f.Data[42:]); err != nil {
			t.Fatal(err)
		}
		text := m.Questions[0].Name.String() + " " + m.Questions[0].Type.String()
		if m.Response {
			text += " " + m.RCode.String()
		}
		for _, a := range m.Answers {
			text += " " + a.Header.Type.String()
		}
		got = append(got, text)
	}
	want := []string{
		"a.wbx2.com. TypeA", "a.wbx2.com. TypeA RCodeSuccess TypeCNAME TypeA",
		"a.wbx2.com. TypeAAAA", "a.wbx2.com. TypeAAAA RCodeSuccess TypeCNAME TypeAAAA",
		"no.example. TypeA", "no.example. TypeA RCodeNameError",
		"silent.example. TypeA", "silent.example. TypeA", "silent.example. TypeA",
	}
	if !slices.Equal(got, want) {
		t.Errorf("messages:\n%q\nwant\n%q", got, want)
	}
}
