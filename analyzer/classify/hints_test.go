package classify

import (
	"fmt"
	"net/netip"
	"reflect"
	"testing"

	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// packed are hints in the packed form, from the beginning of the flow on.
func packed(t testing.TB, p *record.Packer, f *Flow) []byte {
	t.Helper()
	p.Start(nil, f.Rec.StartTime, f.Rec.FirstPacket)
	f.Hints.Pack(p)
	b, err := p.End()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// full has something in every member.
func full() *Hints {
	at := record.Time(pcaptest.Start.UnixNano())
	return &Hints{
		DTLS: true, DNS: true, RTCP: 7, Rate: [2]float64{50.1234, 1. / 3}, Paced: [2]float64{0.5, 0.25},
		TLS: Handshake{Client: true, Server: true, Reverse: true, Told: true, ALPN: true, Leaf: true, SCT: true,
			Revocable: true, Whole: true, Version: 0x304, Name: "*.webex.com"},
		Feedback: []string{"REMB", "MSTR"},
		Streams:  []Stream{{true, 111, 50, 5000, 2e9}, {false, 200, 1 << 40, 1 << 50, 0}},
		Lookups: []Lookup{
			{Name: "a.webex.com", Type: "A", RCode: "NOERROR", Reverse: true, File: 3, Asked: 7, Reply: 9, Time: at,
				ReplyTime: at + 1, Tries: 2, Addrs: []netip.Addr{pcaptest.NodeA, netip.MustParseAddr("2001:db8::1")}},
			{Name: "b.webex.com", Type: "AAAA", Asked: 8, Time: at, Tries: 1},
			{Name: "c.webex.com", Type: "A", RCode: "NXDOMAIN", Reply: 8, Time: at, ReplyTime: at},
		},
		Announced: []Announced{{pcaptest.NodeA, at, at + 5e9, 1 << 31}, {First: at, Last: at}},
	}
}

// TestPackHints: hints of all ready captures, and of a flow that has all of them, are read as they were, into the space
// of those before them too; a flow without takes a byte.
func TestPackHints(t *testing.T) {
	list := []*Flow{{Rec: new(record.Flow), Hints: full()}}
	for _, n := range pcaptest.Scenarios() {
		list = append(list, flows(n.Build())...)
	}
	words := record.NewWords()
	p, sizes := record.NewPacker(words), map[bool]int{}
	var u record.Unpacker
	var again Hints
	for _, f := range list {
		none := reflect.DeepEqual(f.Hints, new(Hints))
		b := packed(t, p, f)
		if sizes[none]++; none && len(b) != 1 {
			t.Errorf("%d bytes for nothing", len(b))
		}
		var got Hints
		for _, to := range []*Hints{&got, &again} {
			u.Start(b, words.List(), f.Rec.StartTime, f.Rec.FirstPacket)
			to.Unpack(&u)
			if rest, err := u.End(); err != nil || len(rest) > 0 {
				t.Fatalf("%d bytes are left, %v", len(rest), err)
			}
		}
		if !reflect.DeepEqual(&got, f.Hints) {
			t.Fatalf("%+v\nwant %+v", got, *f.Hints)
		}
		if second := packed(t, p, &Flow{Rec: f.Rec, Hints: &again}); string(second) != string(packed(t, p, f)) {
			t.Fatalf("read into the space of another: %+v\nwant %+v", again, *f.Hints)
		}
	}
	if sizes[true] < 10 || sizes[false] < 100 {
		t.Errorf("flows without hints and with: %v", sizes)
	}
}

// aside are flows that were set aside in the packed form and read again.
func aside(t testing.TB, list []*Flow) (again []*Flow) {
	t.Helper()
	words := record.NewWords()
	p := record.NewPacker(words)
	for _, f := range list {
		p.Start(nil, f.Rec.StartTime, f.Rec.FirstPacket)
		p.Record(f.Rec)
		if f.TLS != nil {
			p.Record(f.TLS)
		}
		f.Hints.Pack(p)
		b, err := p.End()
		if err != nil {
			t.Fatal(err)
		}
		g := &Flow{Rec: new(record.Flow), Hints: new(Hints)}
		var u record.Unpacker
		u.Start(b, words.List(), f.Rec.StartTime, f.Rec.FirstPacket)
		u.Record(g.Rec)
		if f.TLS != nil {
			g.TLS = new(record.TLSSession)
			u.Record(g.TLS)
		}
		g.Hints.Unpack(&u)
		again = append(again, g)
	}
	return again
}

// TestJudgedLater: flows that were set aside, before or behind a verdict, are judged as others are, and again.
func TestJudgedLater(t *testing.T) {
	p := packs(t)
	verdicts := func(list []*Flow) (out []string) {
		in := &Inspector{Pack: p.Pack}
		for _, f := range judged(&Classifier{Packs: p}, list) {
			in.Learn(LessonOf(f))
		}
		for _, f := range list {
			b, err := record.AppendJSON(nil, f.Rec)
			grade, signs := in.Score(f)
			out = append(out, fmt.Sprint(string(b), err, grade, signs))
		}
		return out
	}
	settled := func() *pcaptest.Capture {
		return story(func(s *pcaptest.Scenario) {
			h := s.TLS(s.TCP(netip.AddrPortFrom(client, s.Port()), netip.AddrPortFrom(callingEdge, 8934),
				pcaptest.Path{}).Open(), pcaptest.TLS{SNI: "hs17.hosted-int.bcld.webex.com"})
			h.Send(500).Recv(900)
			s.AdvanceTo(h.Now())
			rtp(s, 52000, netip.AddrPortFrom(pcaptest.NodeA, 5004), 8, 8)
		})
	}
	for _, n := range append(pcaptest.Scenarios(), pcaptest.Named{Name: "settled", Build: settled}) {
		list := flows(n.Build())
		before := aside(t, list)
		want := verdicts(list)
		for how, later := range map[string][]*Flow{"set aside": before, "judged": list, "set aside judged": aside(t, list)} {
			for i, got := range verdicts(later) {
				if got != want[i] {
					t.Fatalf("%s, %s: %s\nwant %s", n.Name, how, got, want[i])
				}
			}
		}
	}
}

// FuzzUnpackHints reads anything as hints: no panic, and no more memory than its size allows.
func FuzzUnpackHints(f *testing.F) {
	f.Add(packed(f, record.NewPacker(record.NewWords()), &Flow{Rec: new(record.Flow), Hints: full()}))
	f.Add([]byte{packDNS | packTLS | packStreams, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		var u record.Unpacker
		var h Hints
		u.Start(b, []string{"A", "NOERROR"}, 0, 0)
		h.Unpack(&u)
		if n := len(h.Streams) + len(h.Lookups) + len(h.Feedback) + len(h.Announced); n > len(b) {
			t.Fatalf("%d members of %d bytes", n, len(b))
		}
	})
}

// TestApps: the names that verdicts compare are those that records have.
func TestApps(t *testing.T) {
	for name, app := range map[string]dissect.App{
		appSTUN: dissect.STUN, appRTP: dissect.RTP, appFramed: dissect.Framed, appSIP: dissect.SIP, appTLS: dissect.TLS,
		appNTP: dissect.NTP,
	} {
		if app.String() != name {
			t.Errorf("%s, want %s", app, name)
		}
	}
}
