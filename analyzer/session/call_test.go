package session

import (
	"fmt"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"

	"github.com/google/go-cmp/cmp"
)

// stream is RTP of a flow from second a to b.
func stream(id, flow, kind string, up bool, a, b float64) *record.MediaStream {
	return &record.MediaStream{StreamID: id, FlowID: flow, Kind: kind, Upstream: up, Packets: 100, StartTime: at(a),
		EndTime: at(b)}
}

func ttl(n int) func(*record.Flow) { return func(f *record.Flow) { f.TTLFwd = &n } }

func firstCheck(s float64) func(*record.Flow) {
	return func(f *record.Flow) { f.KeyPackets = []record.KeyPacket{{Kind: "stun-request", Time: at(s)}} }
}

// TestCalls: what is a call, where it begins and ends, whose it is, how sure.
func TestCalls(t *testing.T) {
	const c, n, m = "10.20.0.5", "170.72.1.2", "66.163.32.1"
	first, last := flow("dns", "10.9.9.9", "10.0.0.53", 53, -5, -4, func(f *record.Flow) {
		f.Webex = false
	}), flow("web", "10.9.9.9", "1.1.1.1", 443, 300, 400, func(f *record.Flow) { f.Webex = false })
	for _, k := range []struct {
		name    string
		flows   []*record.Flow
		streams []*record.MediaStream
		want    []string // start-end, flows, streams, media, confidence and reason, marks
	}{
		{"RTP in both directions", []*record.Flow{first, last, flow("a", c, n, 5004, 0, 90, media)},
			[]*record.MediaStream{stream("1", "a", "audio", true, 0, 90), stream("2", "a", "audio", false, 0, 90)},
			[]string{"0-90 [a] [1 2] [audio] confirmed RTP in both directions; ended by silence"}},
		{"RTP up only", []*record.Flow{flow("a", c, n, 5004, 0, 90, media)}, []*record.MediaStream{stream("1", "a", "video", true, 0, 90)},
			[]string{"0-90 [a] [1] [video] probable RTP from the client only; ended by end-of-capture"}},
		{"a flow that may be Webex", []*record.Flow{flow("a", c, n, 5004, 0, 90, media, func(f *record.Flow) { f.Confidence = record.Possible })},
			[]*record.MediaStream{stream("1", "a", "share", true, 0, 90), stream("2", "a", "fec", false, 0, 90)},
			[]string{"0-90 [a] [1 2] [share] possible RTP in both directions; that it is Webex is possible; ended by end-of-capture"}},
		{"one direction of the cadence", []*record.Flow{flow("a", c, n, 443, 0, 90, tls, func(f *record.Flow) {
			f.MediaPattern = &record.MediaPattern{Windows: 9, MediaOne: 5}
			f.EndReason = "rst"
		})}, nil, []string{"0-90 [a] [] [] possible cadence of media in one direction in 5 of 9 windows of 10 s; ended by rst"}},
		{"two calls on one flow", []*record.Flow{flow("a", c, n, 5004, 0, 200, media)},
			[]*record.MediaStream{stream("1", "a", "audio", true, 0, 60), stream("2", "a", "audio", true, 121, 200)},
			[]string{"0-60 [a] [1] [audio] probable RTP from the client only; ended by silence", "121-200 [a] [2] [audio] probable RTP from the client only; ended by end-of-capture"}},
		{"begun before: RTP before the first check", []*record.Flow{flow("a", c, n, 5004, 0, 90, media, stun(3, 3), firstCheck(4))},
			[]*record.MediaStream{stream("1", "a", "audio", true, 0, 90)},
			[]string{"0-90 [a] [1] [audio] probable RTP from the client only; begun before; ended by end-of-capture"}},
		{"begun at once: the check comes first", []*record.Flow{flow("a", c, n, 5004, 0, 90, media, stun(3, 3), firstCheck(0))},
			[]*record.MediaStream{stream("1", "a", "audio", true, 0.1, 90)},
			[]string{"0-90 [a] [1] [audio] probable RTP from the client only; ended by end-of-capture"}},
		{"begun before: TLS without SYN", []*record.Flow{flow("a", c, n, 443, 0, 90, tls, func(f *record.Flow) { f.TCP = &record.TCPFacts{} })}, nil,
			[]string{"0-90 [a] [] [] probable cadence of media in both directions in 10 of 10 windows of 10 s; begun before; ended by end-of-capture"}},
		{"two devices: audio to two nodes at once", []*record.Flow{flow("a", c, n, 5004, 0, 90, media), flow("b", c, m, 5004, 5, 80, media), flow("v", c, m, 5004, 6, 80, media)},
			[]*record.MediaStream{stream("1", "a", "audio", true, 0, 90), stream("2", "b", "audio", true, 5, 80), stream("3", "v", "video", true, 6, 80)},
			[]string{"0-90 [a] [1] [audio] probable RTP from the client only; ended by end-of-capture; 2 devices", "5-80 [b v] [2 3] [audio video] probable RTP from the client only; ended by silence; 2 devices"}},
		{"two devices: TTLs", []*record.Flow{flow("a", c, n, 443, 0, 90, tls, ttl(63)), flow("b", c, n, 443, 0, 90, tls, ttl(127))}, nil,
			[]string{"0-90 [a] [] [] probable cadence of media in both directions in 10 of 10 windows of 10 s; ended by end-of-capture; 2 devices",
				"0-90 [b] [] [] probable cadence of media in both directions in 10 of 10 windows of 10 s; ended by end-of-capture; 2 devices"}},
		{"an address translation: calls of two devices, one after the other and at once", []*record.Flow{flow("a", c, n, 5004, 0, 200, media), flow("b", c, m, 5004, 5, 30, media), flow("d", c, m, 5004, 100, 150, media)},
			[]*record.MediaStream{stream("1", "a", "audio", true, 0, 200), stream("2", "b", "audio", true, 5, 30), stream("3", "d", "audio", true, 100, 150)},
			[]string{"0-200 [a] [1] [audio] probable RTP from the client only; ended by end-of-capture; 2 devices", "5-30 [b] [2] [audio] probable RTP from the client only; ended by silence; 2 devices",
				"100-150 [d] [3] [audio] probable RTP from the client only; ended by silence; 2 devices"}},
		{"one device that changes the node", []*record.Flow{flow("a", c, n, 5004, 0, 50, media), flow("b", c, m, 5004, 45, 90, media)},
			[]*record.MediaStream{stream("1", "a", "audio", true, 0, 50), stream("2", "b", "audio", true, 45, 90)},
			[]string{"0-90 [a b] [1 2] [audio] probable RTP from the client only; ended by end-of-capture"}},
		{"one device: audio to one node, video to another", []*record.Flow{flow("a", c, n, 5004, 0, 90, media), flow("b", c, m, 5004, 0, 90, media)},
			[]*record.MediaStream{stream("1", "a", "audio", true, 0, 90), stream("2", "b", "video", true, 0, 90)},
			[]string{"0-90 [a b] [1 2] [audio video] probable RTP from the client only; ended by end-of-capture"}},
	} {
		t.Run(k.name, func(t *testing.T) {
			var got []string
			ids := map[string]bool{}
			set := recordtest.Lend(&record.Set{Flows: k.flows, Streams: k.streams})
			for _, s := range Sessions(t.Context(), set, nil) {
				text := fmt.Sprintf("%.0f-%.0f %v %v %v %s %s", s.StartTime.Sub(t0).Seconds(),
					s.EndTime.Sub(t0).Seconds(), s.FlowIDs, s.StreamIDs, s.Media, s.Confidence, s.Reason)
				if s.StartedBefore {
					text += "; begun before"
				}
				text += "; ended by " + s.EndedBy
				if s.Devices > 0 {
					text += fmt.Sprintf("; %d devices", s.Devices)
				}
				if ids[s.SessionID] {
					t.Errorf("id %s twice", s.SessionID)
				}
				ids[s.SessionID] = true
				got = append(got, text)
			}
			if d := cmp.Diff(k.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestStretches: a pause of more than 10 s parts a flow; the bytes of its parts are the bytes of the flow.
func TestStretches(t *testing.T) {
	u, v := flow("u", "10.20.0.5", "170.72.1.2", 5004, 0, 100, media), flow("t", "10.20.0.5", "170.72.1.2", 443, 41, 80, tls)
	set := &record.Set{Flows: []*record.Flow{u, v},
		Streams: []*record.MediaStream{stream("1", "u", "audio", true, 0, 100), stream("2", "u", "audio", false, 0, 30)}}
	for i := range 100 {
		if i < 40 || i >= 80 {
			set.Intervals = append(set.Intervals,
				&record.MediaInterval{StreamID: "1", IntervalS: 1, StartTime: at(float64(i)), Packets: 50})
		}
	}
	s := Sessions(t.Context(), set, nil)[0]
	var got []string
	for _, x := range s.Transports {
		got = append(got, fmt.Sprintf("%s %.0f %d", x.Transport, x.Seconds, x.Bytes))
	}
	if d := cmp.Diff([]string{"udp 40 80000", "tls 39 1000000", "udp 20 40000"}, got); d != "" {
		t.Error(d)
	}
	if s.UDP.Bytes != u.BytesFwd+u.BytesRev || s.UDP.Seconds != 60 || s.TLS.Seconds != 39 || s.TCP != nil {
		t.Errorf("rungs %+v %+v %+v", s.UDP, s.TLS, s.TCP)
	}
	if want := "1 min 40 s over UDP, then TLS, then UDP, audio: media left UDP after 40 s, 10 s after the last packet from the node, and came back 40 s later"; !strings.HasPrefix(s.Story, want) {
		t.Errorf("story %q", s.Story)
	}
}
