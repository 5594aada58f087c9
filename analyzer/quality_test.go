package analyzer_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/pcaptest/oracle"
	"webexaudit/analyzer/record"
)

// impaired are calls of G.711 with known faults, one stream each, a minute long.
var impaired = []struct {
	name   string
	change func(*pcaptest.RTPStream)
}{
	{"no fault", func(*pcaptest.RTPStream) {}},
	{"loss 0.5 %", func(s *pcaptest.RTPStream) { s.Loss = inside(pcaptest.EveryNth(200)) }},
	{"loss 3 %", func(s *pcaptest.RTPStream) { s.Loss = inside(pcaptest.Chance(3, 0.03)) }},
	{"loss 8 %", func(s *pcaptest.RTPStream) { s.Loss = inside(pcaptest.Chance(8, 0.08)) }},
	{"bursts of 12", func(s *pcaptest.RTPStream) { s.Loss = inside(pcaptest.Runs(300, 12)) }},
	{"jitter 5 ms", func(s *pcaptest.RTPStream) { s.Jitter = delay(1, 15*time.Millisecond) }},
	{"jitter 40 ms", func(s *pcaptest.RTPStream) { s.Jitter = delay(2, 120*time.Millisecond) }},
	{"jitter 160 ms", func(s *pcaptest.RTPStream) { s.Jitter = delay(3, 480*time.Millisecond) }},
	{"jitter 40 ms and loss 3 %", func(s *pcaptest.RTPStream) {
		s.Jitter, s.Loss = delay(4, 120*time.Millisecond), inside(pcaptest.Chance(4, 0.03))
	}},
	{"reordering", func(s *pcaptest.RTPStream) { s.Reorder = pcaptest.EveryNth(7) }},
	{"duplication", func(s *pcaptest.RTPStream) { s.Duplicate = pcaptest.Chance(5, 0.04) }},
	{"all at once, over both wraps", func(s *pcaptest.RTPStream) {
		s.FirstSeq, s.FirstTS = 64_000, 1<<32-100_000
		s.Loss, s.Reorder, s.Duplicate = inside(pcaptest.Chance(6, 0.03)), pcaptest.EveryNth(11),
			pcaptest.Chance(7, 0.02)
	}},
}

const impairedPackets = 3000

// inside spares the first packets, which confirm the stream, and the last, which no number tells.
func inside(loss func(int) bool) func(int) bool {
	return func(i int) bool { return i > 20 && i < impairedPackets-1 && loss(i) }
}

// delay lets the first packet come first and the last one last: between these two by arrival Wireshark counts, we
// between the lowest and the highest number.
func delay(seed uint64, most time.Duration) func(int) time.Duration {
	jitter := pcaptest.Jitter(seed, most)
	return func(i int) time.Duration {
		switch {
		case i <= 20:
			return 0
		case i == impairedPackets-1:
			return most
		}
		return jitter(i)
	}
}

// impairedCalls puts all of them into one capture, each from a port of its own; SSRC and port tell the line of the
// table.
func impairedCalls() *pcaptest.Capture {
	var all []*pcaptest.Capture
	for i, tt := range impaired {
		s := pcaptest.New(uint64(i+1), pcaptest.Start)
		from := netip.AddrPortFrom(pcaptest.ClientA, uint16(20_000+2*i))
		r := pcaptest.RTPStream{Start: pcaptest.Start.Add(time.Second), Packets: impairedPackets,
			SSRC: uint32(1000 + i), ClockRate: 8000, FirstSeq: 5, FirstTS: 77}
		tt.change(&r)
		pcaptest.Play(s.UDP(from, netip.MustParseAddrPort("192.0.2.7:40000"), pcaptest.Path{}), r.Events())
		all = append(all, s.Capture())
	}
	return pcaptest.Merge(all...)
}

// measured is what one stream shows.
type measured struct {
	packets, expected, lost, duplicated, reordered int64
	jitter                                         float64 // mean, ms
}

// measure reads the packets of one SSRC off the frames and looks at the whole list: numbers for the counts, RFC 3550
// section 6.4.1 as it is written for the jitter (of first copies).
func measure(c *pcaptest.Capture, ssrc uint32) (m measured) {
	seen := map[int64]bool{}
	var low, high, ext, tsExt int64 = math.MaxInt64, math.MinInt64, 0, 0
	var j, sum, last float64
	var lastTS int64
	for _, f := range c.Frames {
		b := f.Data[42:]
		if binary.BigEndian.Uint32(b[8:]) != ssrc {
			continue
		}
		ext += int64(int16(binary.BigEndian.Uint16(b[2:]) - uint16(ext)))
		tsExt += int64(int32(binary.BigEndian.Uint32(b[4:]) - uint32(tsExt)))
		if seen[ext] {
			m.duplicated++
			continue
		}
		if ext < high {
			m.reordered++
		}
		at := float64(f.Time.UnixMicro()) / 1e6 * 8000
		if len(seen) > 0 {
			j += (math.Abs(at-last-float64(tsExt-lastTS)) - j) / 16
			sum += j
		}
		seen[ext], last, lastTS = true, at, tsExt
		low, high = min(low, ext), max(high, ext)
	}
	m.packets, m.expected = int64(len(seen)), high-low+1
	m.lost = m.expected - m.packets
	m.jitter = sum / float64(m.packets-1) / 8
	return m
}

// TestMediaQuality: counts are exact, jitter is that of an independent computation within 2 %, and of about the size
// that was made.
func TestMediaQuality(t *testing.T) {
	c := impairedCalls()
	file := filepath.Join(t.TempDir(), "c.pcap")
	if err := c.Save(file); err != nil {
		t.Fatal(err)
	}
	// copies are the network's here, not the mirror's
	set, err := run(t, analyzer.Config{Files: []string{file}, Workers: 2, Dedup: analyzer.DedupOff})
	if err != nil {
		t.Fatal(err)
	}
	checkSplit(t, set)
	if len(set.Streams) != len(impaired) {
		t.Fatalf("%d streams, want %d", len(set.Streams), len(impaired))
	}
	for _, m := range set.Streams {
		tt, want := impaired[m.SSRC-1000], measure(c, m.SSRC)
		got := measured{m.Packets, m.Expected, m.Lost, m.Duplicated, m.Reordered, *m.JitterMeanMs}
		if math.Abs(got.jitter-want.jitter) > 0.02*want.jitter+0.002 {
			t.Errorf("%s: jitter %.3f ms, want %.3f", tt.name, got.jitter, want.jitter)
		}
		if got.jitter = want.jitter; got != want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, want)
		}
		var size float64
		if _, err := fmt.Sscanf(tt.name, "jitter %f", &size); err == nil && math.Abs(want.jitter-size) > 0.15*size {
			t.Errorf("%s: made %.1f ms", tt.name, want.jitter)
		}
	}
}

// tsharkStream is what rtp,streams says of a stream.
type tsharkStream struct {
	ssrc          uint32
	packets, lost int64
	jitter        float64 // mean, ms
}

// streamLine reads a line of rtp,streams; ok is false for those that are about no stream.
func streamLine(line string) (s tsharkStream, ok bool) {
	f := strings.Fields(line)
	percent := slices.IndexFunc(f, func(s string) bool { return strings.HasSuffix(s, "%)") })
	if percent < 10 {
		return s, false
	}
	ssrc, _ := strconv.ParseUint(strings.TrimPrefix(f[6], "0x"), 16, 32)
	s.ssrc = uint32(ssrc)
	s.packets, _ = strconv.ParseInt(f[percent-2], 10, 64)
	s.lost, _ = strconv.ParseInt(f[percent-1], 10, 64)
	s.jitter, _ = strconv.ParseFloat(f[percent+5], 64) // after min, mean and max delta, and min jitter
	return s, true
}

// TestMediaQualityTshark: what rtp,streams says. Wireshark counts second copies as packets, so what it calls lost is
// less by as many; and its jitter takes copies and late packets for what they are not, so it is compared only where
// there are none.
func TestMediaQualityTshark(t *testing.T) {
	oracle.Tshark(t)
	file := filepath.Join(t.TempDir(), "c.pcap")
	if err := impairedCalls().Save(file); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("tshark", "-q", "-n", "-r", file, "--enable-heuristic", "rtp_udp", "-z", "rtp,streams").Output()
	if err != nil {
		t.Fatal(err)
	}
	set, err := run(t, analyzer.Config{Files: []string{file}, Workers: 1, Dedup: analyzer.DedupOff})
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for line := range strings.Lines(string(out)) {
		w, ok := streamLine(line)
		if !ok {
			continue
		}
		i := slices.IndexFunc(set.Streams, func(m *record.MediaStream) bool { return m.SSRC == w.ssrc })
		if i < 0 {
			t.Fatalf("not ours: %s", line)
		}
		m := set.Streams[i]
		name := impaired[m.SSRC-1000].name
		if w.packets != m.Packets+m.Duplicated || w.lost != m.Lost-m.Duplicated {
			t.Errorf("%s: tshark says %d packets, %d lost; ours are %d, %d lost, %d copies", name, w.packets, w.lost, m.Packets, m.Lost, m.Duplicated)
		}
		if m.Duplicated+m.Reordered == 0 && math.Abs(w.jitter-*m.JitterMeanMs) > 0.02*w.jitter+0.002 {
			t.Errorf("%s: tshark says a jitter of %.3f ms, ours is %.3f: %s", name, w.jitter, *m.JitterMeanMs, line)
		}
		compared++
	}
	if compared != len(impaired) {
		t.Errorf("tshark sees %d streams, want %d:\n%s", compared, len(impaired), out)
	}
}

// TestSpeakerChange: a new SSRC is a new stream of the same flow and the same call, and its start is no loss; a new
// numbering of the same SSRC is a restart.
func TestSpeakerChange(t *testing.T) {
	s := pcaptest.New(3, pcaptest.Start)
	s.Webex(pcaptest.ClientA, 0)
	u := s.UDP(netip.AddrPortFrom(pcaptest.ClientA, 52_000), netip.AddrPortFrom(pcaptest.NodeA, 5004), pcaptest.Path{})
	s.STUN(u, s.WebexBinding())
	var list [][]pcaptest.Event
	for i := range 5 {
		r := pcaptest.RTPStream{From: pcaptest.Server, Start: u.Now().Add(time.Duration(i) * 10 * time.Second),
			Packets: 500, PT: pcaptest.PTAudioDown,
			SSRC: uint32(1 + i%4), FirstSeq: uint16(9000 * (i + 1)), FirstTS: uint32(1e8 * (i + 1))}
		list = append(list, r.Events())
	}
	list = append(list, pcaptest.RTPStream{Start: u.Now(), Packets: 2500, PT: pcaptest.PTAudioUp, SSRC: 99}.Events())
	pcaptest.Play(u, list...)
	set := auditCapture(t, s.Capture())
	var restarts int64
	for _, m := range set.Streams {
		restarts += m.Restarts
		if m.Lost != 0 {
			t.Errorf("%+v", m)
		}
	}
	if len(set.Streams) != 5 || restarts != 1 || len(set.Sessions) != 1 {
		t.Errorf("%d streams, %d restarts, %d calls", len(set.Streams), restarts, len(set.Sessions))
	}
}

// clearReports are RTCP in clear: every 5 s a report of the sender of SSRC 1, and 330 ms later what its receiver
// says, which held the report back for 250 ms.
func clearReports(from time.Time) (reports []pcaptest.Event) {
	for i := range 5 {
		at := from.Add(time.Duration(i+1) * 5 * time.Second)
		sr := pcaptest.SenderReport{SSRC: 1, Sent: at, CNAME: "a"}.Bytes()
		rr := pcaptest.SenderReport{SSRC: 2, CNAME: "b", Reports: []pcaptest.RTCPReport{{
			SSRC: 1, Fraction: uint8(5 * i), Lost: int32(5 * i), Jitter: 80, LSR: binary.BigEndian.Uint32(sr[10:]),
			DLSR: 65536 / 4}}}.Bytes()
		if i%2 == 1 {
			rr = append(rr, pcaptest.NewRand(uint64(i)).Bytes(16)...) // the tag of SRTCP without encryption
		}
		reports = append(reports, pcaptest.Event{At: at, Data: sr},
			pcaptest.Event{At: at.Add(330 * time.Millisecond), From: pcaptest.Server, Data: rr})
	}
	return reports
}

// TestEstimates: R and MOS where codec and round trip are known, the receiver's own words of RTCP in clear.
func TestEstimates(t *testing.T) {
	s := pcaptest.New(4, pcaptest.Start)
	u := s.UDP(netip.AddrPortFrom(pcaptest.ClientA, 20_000), netip.MustParseAddrPort("192.0.2.7:40000"),
		pcaptest.Path{RTT: 80 * time.Millisecond})
	up := pcaptest.RTPStream{Start: u.Now(), Packets: 1500, SSRC: 1, ClockRate: 8000, Loss: pcaptest.EveryNth(50)}
	down := pcaptest.RTPStream{From: pcaptest.Server, Start: u.Now(), Packets: 1500, SSRC: 2, ClockRate: 8000}
	pcaptest.Play(u, up.Events(), down.Events(), clearReports(u.Now()))
	set := auditCapture(t, s.Capture())
	if len(set.Streams) != 2 {
		t.Fatalf("%d streams", len(set.Streams))
	}
	m, other := set.Streams[0], set.Streams[1]
	if m.SSRC != 1 {
		m, other = other, m
	}
	if r := m.RTCP; r == nil || r.Reports != 5 || r.Lost != 20 || r.WorstShare != 0.078 || *r.JitterMs != 10 {
		t.Errorf("%+v", r)
	} else if rtt := *r.RTTMs; math.Abs(rtt-80) > 0.1 {
		t.Errorf("round trip %.2f ms", rtt)
	}
	if m.RFactor == nil || math.Abs(*m.RFactor-86.2) > 0.3 || math.Abs(*m.MOSEstimate-4.25) > 0.03 ||
		!strings.Contains(m.MOSInputs, "RTCP round trip from the capture point (80.0 ms)") {
		t.Errorf("%v %v %s", m.RFactor, m.MOSEstimate, m.MOSInputs)
	}
	checkSilent(t, other)
}

// checkSilent: where there is no round trip there is no estimate, and of the rest nothing was seen.
func checkSilent(t *testing.T, m *record.MediaStream) {
	t.Helper()
	if m.RFactor != nil || m.RTCP != nil || m.RepairShare != nil || m.FrameRate != nil {
		t.Errorf("%+v", m)
	}
}

// TestRepairAndFrames: the share of FEC in audio, frames of video.
func TestRepairAndFrames(t *testing.T) {
	set := auditCapture(t, pcaptest.HealthyMeeting())
	for _, m := range set.Streams {
		if (m.RepairShare != nil) != (m.Kind == "audio") || (m.FrameRate != nil) != (m.Kind == "video") || m.MOSEstimate != nil {
			t.Errorf("%s: %v %v %v", m.Kind, m.RepairShare, m.FrameRate, m.MOSEstimate)
		}
		if m.Kind == "audio" && math.Abs(*m.RepairShare-0.25) > 0.01 ||
			m.Kind == "video" && (math.Abs(*m.FrameRate-12) > 0.1 || *m.Freezes != 0) {
			t.Errorf("%s: repair %v, frames %v", m.Kind, m.RepairShare, m.FrameRate)
		}
	}
}
