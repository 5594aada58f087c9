package rtcp

import (
	"bytes"
	"testing"

	pion "github.com/pion/rtcp"
)

// FuzzParse checks that Parse, Next and the readers of bodies stay within their input and agree with each other, and
// that they read what pion/rtcp reads.
func FuzzParse(f *testing.F) {
	for _, s := range []string{sr, rr, sdes, bye, app, nack, pli, remb, xr, compound, srtcp, srtcpClear, mari + tag,
		mstr + tag, "9f c9 0001 902f9e2e", "80 d3 0001 902f9e2e"} {
		f.Add(unhex(f, s))
	}
	f.Add(unhex(f, compound)[:70])
	f.Fuzz(func(t *testing.T, b []byte) {
		c := Compound{Packets: 1000, Clear: true}
		if err := Parse(b, &c); err != nil && (c.Packets != 0 || c.Clear || Is(b)) {
			t.Fatalf("%v, yet %+v, Is %v", err, c, Is(b))
		}
		n, end := 0, 0
		for p, rest, ok := Next(b); ok; p, rest, ok = Next(rest) {
			if n++; p.Length < headerLen || len(p.Body) > p.Length-headerLen ||
				!p.Truncated && len(p.Body) != p.Length-headerLen {
				t.Fatalf("%+v", p)
			}
			end += headerLen + len(p.Body)
			compare(t, b[end-headerLen-len(p.Body):end], &p)
		}
		if !c.agrees(n, end == len(b)) {
			t.Fatalf("%d packets up to %d of %d, yet %+v", n, end, len(b), c)
		}
	})
}

// agrees reports whether Next, which found n packets and, where whole, nothing behind them, says what Parse says.
func (c *Compound) agrees(n int, whole bool) bool {
	switch {
	case c.Packets > n || c.Trailer > maxTrailer || c.Trailer > 0 && !c.Clear:
		return false
	case c.Clear && c.Trailer == 0:
		return whole && c.Packets == n
	}
	return true
}

// compare holds one packet against pion's reading of its bytes, wherever pion accepts them.
func compare(t *testing.T, b []byte, p *Packet) {
	t.Helper()
	readAll(p)
	checkNative(t, p)
	checkBlocks(t, p)
	packets, err := pion.Unmarshal(b)
	if err != nil || p.Truncated || len(packets) != 1 {
		return
	}
	switch want := packets[0].(type) {
	case *pion.SenderReport:
		compareSender(t, p, want)
		compareReports(t, p, want.Reports)
	case *pion.ReceiverReport:
		compareReports(t, p, want.Reports)
	case *pion.Goodbye:
		compareGoodbye(t, p, want)
	case *pion.ApplicationDefined:
		if name, ok := p.AppName(); !ok || string(name) != want.Name || p.Count != want.SubType {
			t.Errorf("APP %q, pion %q", name, want.Name)
		}
	case *pion.PictureLossIndication:
		comparePLI(t, p, want)
	case *pion.SourceDescription:
		compareCNAME(t, p, want)
	}
}

// readAll calls the readers of bodies whatever the type is: they have to stay within the packet.
func readAll(p *Packet) {
	p.CNAME()
	p.AppName()
	p.FormatName()
	p.Sender()
	for i := -1; i <= 32; i++ {
		p.Source(i)
		p.Report(i)
	}
	p.SenderReport()
}

// checkNative holds what the app's feedback says against each other: it has a name, is application layer feedback, and
// is only one of the three.
func checkNative(t *testing.T, p *Packet) {
	t.Helper()
	f, feedback := p.Feedback()
	name, named := p.ApplicationName()
	m, mariName, mari := p.MARI()
	r, request := p.StreamRequest()
	answer := p.AnswersRequest()
	switch {
	case named && !feedback, named && !bytes.HasPrefix(f.FCI, name), mari && !mariName, request && answer,
		mariName != (string(name) == "MARI"), (request || answer) && string(name) != "MSTR":
		t.Fatalf("%q: %v %v %v %v", name, mariName, mari, request, answer)
	case mari && (m.SenderSSRC != f.SenderSSRC || len(f.FCI) != 4+mariLen), !mari && m != (MARI{}),
		!request && r != (StreamRequest{}):
		t.Fatalf("%+v %+v of %+v", m, r, f)
	}
}

// checkBlocks walks the blocks of an extended report: together they are no longer than its body.
func checkBlocks(t *testing.T, p *Packet) {
	t.Helper()
	b, n := p.Blocks(), 0
	for x, rest, ok := NextBlock(b); ok; x, rest, ok = NextBlock(rest) {
		if n += headerLen + len(x.Data); len(x.Data)%4 != 0 || len(rest) != len(b)-n {
			t.Fatalf("%+v, %d of %d bytes are left", x, len(rest), len(b))
		}
	}
}

func compareSender(t *testing.T, p *Packet, pion *pion.SenderReport) {
	t.Helper()
	want := SenderReport{pion.SSRC, pion.NTPTime, pion.RTPTime, pion.PacketCount, pion.OctetCount}
	if got, ok := p.SenderReport(); !ok || got != want {
		t.Errorf("SR %+v, pion %+v", got, want)
	}
}

func comparePLI(t *testing.T, p *Packet, want *pion.PictureLossIndication) {
	t.Helper()
	if got, ok := p.Feedback(); !ok || got.SenderSSRC != want.SenderSSRC || got.MediaSSRC != want.MediaSSRC {
		t.Errorf("PLI %+v, pion %+v", got, want)
	}
}

func compareGoodbye(t *testing.T, p *Packet, want *pion.Goodbye) {
	t.Helper()
	for i, source := range want.Sources {
		if got, ok := p.Source(i); !ok || got != source {
			t.Errorf("BYE source %d, pion %d", got, source)
		}
	}
}

func compareReports(t *testing.T, p *Packet, want []pion.ReceptionReport) {
	t.Helper()
	for i, w := range want {
		got, ok := p.Report(i)
		if !ok || got.SSRC != w.SSRC || got.FractionLost != w.FractionLost ||
			uint32(got.CumulativeLost)&0xFFFFFF != w.TotalLost ||
			got.HighestSequence != w.LastSequenceNumber || got.Jitter != w.Jitter || got.LastSR != w.LastSenderReport ||
			got.DelaySinceLastSR != w.Delay {
			t.Errorf("report %d: %+v, pion %+v", i, got, w)
		}
	}
}

func compareCNAME(t *testing.T, p *Packet, want *pion.SourceDescription) {
	t.Helper()
	ssrc, name, ok := p.CNAME()
	for _, c := range want.Chunks {
		for _, item := range c.Items {
			if item.Type == pion.SDESCNAME {
				if !ok || ssrc != c.Source || !bytes.Equal(name, []byte(item.Text)) {
					t.Errorf("CNAME %d %q %v, pion %d %q", ssrc, name, ok, c.Source, item.Text)
				}
				return
			}
		}
	}
	if ok {
		t.Errorf("CNAME %q that pion has not", name)
	}
}
