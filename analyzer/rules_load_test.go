package analyzer_test

import (
	"net/netip"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// loaded is a call of two and a half minutes whose answers are late by so much from its 60th to its 90th second, in
// which a neighbour uploads a file, or does not.
func loaded(late time.Duration, uploads bool) *pcaptest.Capture {
	s := pcaptest.New(75, pcaptest.Start)
	s.Webex(pcaptest.ClientA, 5*time.Second)
	u := s.UDP(at(pcaptest.ClientA, 52000), at(pcaptest.NodeA, 5004), pcaptest.Path{RTT: 24 * time.Millisecond})
	b := s.WebexBinding()
	s.STUN(u, b)
	start := u.Now().Add(time.Second)
	consents := s.Consents(u, b, start, 5*time.Second, 30)
	for i := range consents {
		in := consents[i].At.Sub(start)
		if consents[i].From == pcaptest.Server && in > time.Minute && in < 90*time.Second {
			consents[i].At = consents[i].At.Add(late)
		}
	}
	up := pcaptest.RTPStream{Start: start, SSRC: 1, PT: pcaptest.PTAudioUp, Packets: 7500}
	down := pcaptest.RTPStream{From: pcaptest.Server, Start: start, SSRC: 2, PT: pcaptest.PTAudioDown, Packets: 7500}
	pcaptest.Play(u, up.Events(), down.Events(), consents)
	if uploads {
		l := &ladder{Scenario: s, client: netip.MustParseAddr("10.20.1.16")}
		s.AdvanceTo(start.Add(time.Minute))
		l.named("files-prod-us-east-2.webexcontent.com", sharedCloud, slowUpload)
	}
	return s.Capture()
}

// slowUpload is a file of 10 MB in 25 s.
func slowUpload(start time.Time) (out []pcaptest.Event) {
	for _, e := range pcaptest.FileCadence(start, 10_000_000, 3_200_000) {
		e.From = 1 - e.From
		out = append(out, e)
	}
	return out
}

// steppingDown is a call of two minutes whose video from the client falls from about 2.2 to 0.4 Mb/s after one minute;
// of so many of the packets before it one is lost, 0: none.
func steppingDown(oneIn int) *pcaptest.Capture {
	s := pcaptest.New(76, pcaptest.Start)
	s.Webex(pcaptest.ClientA, 100*time.Second)
	c := pcaptest.WebexCall(pcaptest.ClientA, at(pcaptest.NodeA, 5004))
	c.Lasting = 2 * time.Minute
	c.Change = func(r *pcaptest.RTPStream) {
		if r.PT != pcaptest.PTVideoUp {
			return
		}
		const half = 60 * 25 * 10 // packets of a minute
		r.Interval, r.Burst, r.Packets = 40*time.Millisecond, 10, 2*half
		r.PayloadSize = func(i int) int {
			if i < half {
				return 1050
			}
			return 170
		}
		if oneIn > 0 {
			r.Loss = func(i int) bool { return i > half-2000 && i < half && i%oneIn == 0 }
		}
	}
	s.Call(c)
	return s.Capture()
}
