package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// TestSummaryParts: each part of a session's line stands there exactly where the session has it.
func TestSummaryParts(t *testing.T) {
	base := record.Session{Service: record.Meetings, Transport: record.UDP, StartTime: at(0), EndTime: at(60),
		Transports: []record.SessionTransport{{Transport: record.UDP}}}
	line := func(change func(*record.Session), why ...string) string {
		s := base
		change(&s)
		var data []wording.Text
		for _, text := range why {
			data = append(data, wording.New("why", "%s", text))
		}
		return summary(&s, data).String()
	}
	for got, want := range map[string]string{
		line(func(*record.Session) {}):                                              "1 min over UDP",
		line(func(s *record.Session) { s.Service = record.Calling }):                "calling, 1 min over UDP",
		line(func(s *record.Session) { s.Transport = record.None }):                 "1 min without media",
		line(func(s *record.Session) { s.Media = []string{"audio", "video"} }):      "1 min over UDP, audio and video",
		line(func(s *record.Session) { s.Devices = 1 }):                             "1 min over UDP",
		line(func(s *record.Session) { s.Devices = 2 }):                             "1 min over UDP, one of 2 devices behind this address",
		line(func(s *record.Session) { s.EndedBy = "rst" }):                         "1 min over UDP, ended by a reset",
		line(func(s *record.Session) { s.StartedBefore = true }, "a", "b and more"): "1 min over UDP, begun before the capture: a; b and more",
	} {
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// TestTransports: up to four are named, of more the first two and the last.
func TestTransports(t *testing.T) {
	for n, want := range map[int]string{
		1: "UDP", 4: "UDP, then TLS through p:80, then UDP, then TLS through p:80",
		5: "UDP, then TLS through p:80, then 2 more, then UDP",
		6: "UDP, then TLS through p:80, then 3 more, then TLS through p:80",
	} {
		s := &record.Session{Proxy: "p:80"}
		for i := range n {
			s.Transports = append(s.Transports, record.SessionTransport{
				Transport: []record.Transport{record.UDP, record.TLSProxied}[i%2]})
		}
		if got := transports(s).String(); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// TestUDPOpen: a port answers if half of what was asked was answered.
func TestUDPOpen(t *testing.T) {
	for answered, want := range map[int64]bool{0: false, 4: false, 5: true, 9: true} {
		s := &attemptStats{udp: map[int]map[string]*asking{5004: {"a": {asked: 1, answered: 1},
			"b": {asked: 10, answered: answered}}}}
		if s.udpOpen() != want {
			t.Errorf("%d of 10 answered: %v", answered, !want)
		}
	}
}

// TestBeyond: whether a call had to go further down than a transport.
func TestBeyond(t *testing.T) {
	for _, tt := range []struct {
		over  record.Transport
		parts []record.Transport
		want  bool
	}{
		{record.TCP, []record.Transport{record.UDP}, false}, {record.TCP, []record.Transport{record.TCP}, false},
		{record.TCP, []record.Transport{record.UDP, record.TLS}, true}, {record.TLS, []record.Transport{record.TLS}, false},
		{record.TLS, []record.Transport{record.TLSProxied}, true}, {record.TLS, nil, true}, // never carried anything
		{record.TLS, []record.Transport{record.TCP, record.UDP}, false},
	} {
		s := &record.Session{Transport: record.None}
		for _, p := range tt.parts {
			s.Transport = p
			s.Transports = append(s.Transports, record.SessionTransport{Transport: p})
		}
		if got := beyond(s, tt.over); got != tt.want {
			t.Errorf("%s, %v: %v", tt.over, tt.parts, got)
		}
	}
}

// TestUDPEnd: when media left UDP or moved to it, and whether the node was ever heard there.
func TestUDPEnd(t *testing.T) {
	part := func(tr record.Transport, from, to float64) record.SessionTransport {
		return record.SessionTransport{Transport: tr, StartTime: at(from), EndTime: at(to), Seconds: to - from}
	}
	overUDP, overTLS := part(record.UDP, 0, 30), part(record.TLS, 30, 60)
	for _, tt := range []struct {
		name   string
		with   func(*record.Flow)
		heard  float64 // last STUN answer
		parts  []record.SessionTransport
		answer string
	}{
		{"UDP throughout", media, 30, []record.SessionTransport{overUDP}, ""},
		{"one way", silent, 0, []record.SessionTransport{overUDP}, "no packet came back over UDP"},
		{"left", media, 29, []record.SessionTransport{overUDP, overTLS}, "media left UDP after 30 s"},
		{"left after a silence", media, 27, []record.SessionTransport{overUDP, overTLS},
			"media left UDP after 30 s, 3 s after the last packet from the node"},
		{"left and came back", media, 29, []record.SessionTransport{overUDP, overTLS, part(record.UDP, 70, 80)},
			"media left UDP after 30 s, and came back 40 s later"},
		{"moved to UDP", media, 29, []record.SessionTransport{overTLS, part(record.UDP, 70, 80)}, "media moved to UDP after 40 s"},
		{"never UDP", media, 29, []record.SessionTransport{overTLS}, ""},
	} {
		f := traceOf(flow("f", "10.0.0.1", "170.72.1.2", 5004, 0, 60, tt.with, func(f *record.Flow) {
			f.STUN = &record.STUNFacts{LastAnswer: at(tt.heard)}
		}))
		s := &record.Session{Transports: tt.parts, StartTime: tt.parts[0].StartTime,
			Transport: tt.parts[len(tt.parts)-1].Transport}
		if got := new(index).udpEnd(s, []span{{flow: f, from: at(0), to: at(60)}}).String(); got != tt.answer {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	if got := new(index).udpEnd(new(record.Session), nil); !got.IsZero() {
		t.Errorf("no media: %q", got.String())
	}
}

// TestSpanBytes: the bytes of a flow are dealt over its stretches by their length, and to the last where none has one.
func TestSpanBytes(t *testing.T) {
	for _, tt := range []struct {
		name string
		ends [][2]float64 // of its streams
		want []int64
	}{
		{"one", [][2]float64{{0, 9}}, []int64{1000}}, {"none", nil, []int64{1000}},
		{"two", [][2]float64{{0, 10}, {40, 70}}, []int64{250, 750}}, {"joined", [][2]float64{{0, 10}, {20, 30}}, []int64{1000}},
		{"of single packets", [][2]float64{{0, 0}, {40, 40}}, []int64{0, 1000}},
	} {
		f := flow("f", "10.0.0.1", "170.72.1.2", 5004, 0, 100, func(f *record.Flow) { f.BytesFwd, f.BytesRev = 600, 400 })
		x := &index{streams: map[string][]*record.MediaStream{}}
		for i, e := range tt.ends {
			x.streams["f"] = append(x.streams["f"], stream(string(rune('a'+i)), "f", "audio", true, e[0], e[1]))
		}
		var got []int64
		for _, s := range x.spans(traceOf(f)) {
			got = append(got, s.bytes)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestRuns: rows without a packet are no part of a stream's stretches, and none reaches beyond the stream.
func TestRuns(t *testing.T) {
	row := func(s float64, n int64) *record.MediaInterval {
		return &record.MediaInterval{StreamID: "s", IntervalS: 10, StartTime: at(s), Packets: n}
	}
	m := stream("s", "f", "audio", true, 3, 35)
	for _, tt := range []struct {
		name string
		rows []*record.MediaInterval
		want []span
	}{
		{"no rows", nil, []span{{from: at(3), to: at(35)}}},
		{"rows", []*record.MediaInterval{row(0, 1), row(10, 0), row(20, 5), row(30, 9)},
			[]span{{from: at(3), to: at(10)}, {from: at(20), to: at(30)}, {from: at(30), to: at(35)}}},
		{"empty rows", []*record.MediaInterval{row(0, 0)}, []span{{from: at(3), to: at(35)}}},
	} {
		x := &index{series: map[string][]*record.MediaInterval{"s": tt.rows}}
		if got := x.runs(m); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestResetText names the nodes' TTLs where they are known and another one reset.
func TestResetText(t *testing.T) {
	ttl := 60
	for _, tt := range []struct {
		ttl   *int
		nodes map[int]bool
		want  string
	}{
		{nil, map[int]bool{50: true}, "TCP 5004 reset"},
		{&ttl, nil, "TCP 5004 reset by TTL 60"},
		{&ttl, map[int]bool{60: true, 50: true}, "TCP 5004 reset by TTL 60"},
		{&ttl, map[int]bool{50: true}, "TCP 5004 reset by TTL 60 (the nodes' own packets have 50)"},
	} {
		s := &attemptStats{nodes: tt.nodes}
		port := wording.New("port", "TCP 5004")
		if got := s.resetText(port, &record.TransportAttempt{ResetTTL: tt.ttl}).String(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestStreamsOf: what a session carried is what its streams are, or what its flows are for sure.
func TestStreamsOf(t *testing.T) {
	for _, tt := range []struct {
		class string
		kinds []string
		want  string
	}{
		{"", nil, ""}, {"mixed", nil, ""}, {"audio", nil, "audio"}, {"mixed", []string{"video", "audio"}, "audio video"},
		{"", []string{"share"}, "share"}, {"audio", []string{"video"}, "audio video"},
	} {
		f := flow("f", "10.0.0.1", "170.72.1.2", 5004, 0, 10, func(f *record.Flow) { f.MediaClass = tt.class })
		x := &index{streams: map[string][]*record.MediaStream{}}
		for _, k := range tt.kinds {
			x.streams["f"] = append(x.streams["f"], stream("s"+k, "f", k, true, 0, 10))
		}
		x.streams["f"] = append(x.streams["f"], stream("later", "f", "share", true, 11, 12))
		s := new(record.Session)
		x.streamsOf(s, []span{{flow: traceOf(f), from: at(0), to: at(10)}})
		if got := strings.Join(s.Media, " "); got != tt.want || len(s.StreamIDs) != len(tt.kinds) {
			t.Errorf("class %q, streams of %v: %s, %v", tt.class, tt.kinds, got, s.StreamIDs)
		}
	}
}

// TestBefore: a call had begun before the capture if its RTP runs before the first STUN request, and at once.
func TestBefore(t *testing.T) {
	x := &index{start: at(0), streams: map[string][]*record.MediaStream{"f": {stream("s", "f", "audio", true, 1, 10)}}}
	asked := func(s float64) func(*record.Flow) {
		return func(f *record.Flow) {
			f.STUN = &record.STUNFacts{Requests: 1}
			f.KeyPackets = []record.KeyPacket{{Kind: "stun-answer", Time: at(0)}, {Kind: "stun-request", Time: at(s)}}
		}
	}
	for _, tt := range []struct {
		name string
		from float64
		with func(*record.Flow)
		want bool
	}{
		{"media first", 0, asked(2), true},
		{"the question first", 0, asked(0.5), false},
		{"both at once", 0, asked(1), false},
		{"late", 2.5, asked(3), false},
		{"within the edge", 2, asked(3), true},
		{"no STUN", 0, func(*record.Flow) {}, false},
		{"no question kept", 0, func(f *record.Flow) { f.STUN = new(record.STUNFacts) }, false},
		{"TCP without SYN, late", 9, func(f *record.Flow) { f.Proto, f.TCP = "tcp", new(record.TCPFacts) }, true},
		{"TCP with SYN", 0, func(f *record.Flow) { f.Proto, f.TCP = "tcp", &record.TCPFacts{SYN: 1} }, false},
		{"TCP with SYN-ACK", 0, func(f *record.Flow) { f.Proto, f.TCP = "tcp", &record.TCPFacts{SYNACK: true} }, false},
	} {
		if got := x.before(traceOf(flow("f", "10.0.0.1", "170.72.1.2", 5004, tt.from, 10, tt.with))); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestHeard: when the node was last heard before a time, by its RTP and its STUN answers over UDP.
func TestHeard(t *testing.T) {
	one := func(change func(*record.Flow), streams ...*record.MediaStream) record.Time {
		f := flow("f", "10.0.0.1", "170.72.1.2", 5004, 0, 60, change)
		x := &index{streams: map[string][]*record.MediaStream{"f": streams}}
		return x.heard([]span{{flow: traceOf(f), from: at(0), to: at(60)}}, at(30))
	}
	answer := func(s float64) func(*record.Flow) {
		return func(f *record.Flow) { f.STUN = &record.STUNFacts{LastAnswer: at(s)} }
	}
	plain := func(*record.Flow) {}
	for _, tt := range []struct {
		name string
		got  record.Time
		want record.Time
	}{
		{"RTP down", one(plain, stream("s", "f", "audio", false, 1, 20)), at(20)},
		{"RTP that goes on", one(plain, stream("s", "f", "audio", false, 1, 50)), at(30)},
		{"RTP that begins then", one(plain, stream("s", "f", "audio", false, 30, 50)), at(30)},
		{"RTP that begins later", one(plain, stream("s", "f", "audio", false, 31, 50)), 0},
		{"RTP up", one(plain, stream("s", "f", "audio", true, 1, 20)), 0},
		{"an answer", one(answer(25), stream("s", "f", "audio", false, 1, 20)), at(25)},
		{"an answer then", one(answer(30)), at(30)},
		{"a later answer", one(answer(31), stream("s", "f", "audio", false, 1, 20)), at(20)},
		{"TCP", one(tls, stream("s", "f", "audio", false, 1, 20)), 0},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, tt.got.Sub(at(0)), tt.want.Sub(at(0)))
		}
	}
}

// TestShare is the smaller count's share in both.
func TestShare(t *testing.T) {
	for _, tt := range []struct {
		a, b int
		want float64
	}{{0, 0, 0}, {1, 3, .25}, {3, 1, .25}, {0, 7, 0}, {2, 2, .5}} {
		if got := share(tt.a, tt.b); got != tt.want {
			t.Errorf("%d and %d: %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestAsks: a flow asks the cloud by STUN, by SYN or through a proxy, if its beginning is the client's.
func TestAsks(t *testing.T) {
	var got []string
	for name, with := range map[string]func(*record.Flow){
		"udp": stun(1, 0), "udp without question": stun(0, 1), "udp without STUN": func(*record.Flow) {},
		"tcp":                 tcp,
		"tcp without SYN":     func(f *record.Flow) { tcp(f); f.TCP.SYN = 0 },
		"tcp without prefix":  func(f *record.Flow) { tcp(f); f.Prefix, f.Function = "", record.Signalling },
		"tcp unknown":         func(f *record.Flow) { tcp(f); f.TCP = nil },
		"udp, not Webex":      func(f *record.Flow) { stun(1, 0)(f); f.Webex = false },
		"udp, from the cloud": func(f *record.Flow) { stun(1, 0)(f); f.Client = f.DstIP },
		"icmp":                func(f *record.Flow) { stun(1, 0)(f); f.Proto = "icmp" },
	} {
		if asks(flow("f", "10.0.0.1", "170.72.1.2", 5004, 0, 1, with)) {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	if want := []string{"tcp", "udp"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestApart: two spans are of two devices where their TTLs differ, or both send audio to different nodes, for long
// enough at the same time.
func TestApart(t *testing.T) {
	x := &index{streams: map[string][]*record.MediaStream{"a": {stream("s", "a", "audio", true, 0, 60)},
		"b": {stream("t", "b", "audio", true, 0, 60)}, "v": {stream("v", "v", "video", true, 0, 60)},
		"d": {stream("d", "d", "audio", false, 0, 60)}}}
	part := func(id, server string, from, to float64, change ...func(*record.Flow)) span {
		return span{flow: traceOf(flow(id, "10.0.0.1", server, 5004, from, to, change...)), from: at(from), to: at(to)}
	}
	long := together.Seconds()
	for _, tt := range []struct {
		name string
		a, b span
		want bool
	}{
		{"two nodes", part("a", "170.72.1.2", 0, 60), part("b", "170.72.1.3", 0, 60), true},
		{"one node", part("a", "170.72.1.2", 0, 60), part("b", "170.72.1.2", 0, 60), false},
		{"one sends video", part("a", "170.72.1.2", 0, 60), part("v", "170.72.1.3", 0, 60), false},
		{"one only receives", part("d", "170.72.1.2", 0, 60), part("b", "170.72.1.3", 0, 60), false},
		{"just long enough", part("a", "170.72.1.2", 0, 60), part("b", "170.72.1.3", 60-long, 120), true},
		{"for a moment", part("a", "170.72.1.2", 0, 60), part("b", "170.72.1.3", 60-long+.1, 120), false},
		{"two systems", part("a", "170.72.1.2", 0, 60, ttl(128)), part("b", "170.72.1.2", 0, 60, ttl(64)), true},
		{"one system, another way", part("a", "170.72.1.2", 0, 60, ttl(63)), part("b", "170.72.1.2", 0, 60, ttl(64)), false},
		{"one of them unknown", part("a", "170.72.1.2", 0, 60, ttl(128)), part("b", "170.72.1.2", 0, 60), false},
	} {
		if got := x.apart(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	if together < time.Second {
		t.Error("a moment is enough")
	}
}
