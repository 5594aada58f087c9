package analyzer_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// probed is what one of 51 measured sessions did before its call: connections to media nodes on TCP 33434 and 5004, and
// on TLS 443 without SNI. The numbers are those of denama/RTC_apps_classifier (2019 to 2020), sessions of the
// development set.
type probed struct{ session, tcp33434, tcp5004, tls443 int }

var measuredSessions = []probed{
	{2, 76, 76, 76}, {5, 4, 4, 4}, {7, 4, 4, 4}, {10, 2, 2, 0}, {12, 4, 4, 1}, {15, 4, 4, 4}, {17, 4, 4, 4}, {20, 4, 4, 4}, {22, 4, 4, 4}, {25, 4, 4, 3},
	{27, 4, 4, 2}, {30, 22, 34, 14}, {32, 0, 4, 0}, {35, 0, 4, 0}, {37, 0, 4, 0}, {40, 3, 3, 0}, {42, 6, 6, 0}, {45, 43, 47, 28}, {47, 35, 41, 20}, {50, 33, 40, 24},
}

// What was measured of the probes of all 51 sessions (webex-facts 4.3): quantiles, given to the probes in turn. TLS:
// median 1.8 s, 90 % under 49 s, two of 415 over 60 s; from the server median 4.1 kB, at most 7.2 kB. TCP: median 0.6
// s; 5 to 8 answers of 66 bytes.
var (
	tlsSeconds = []float64{0.6, 1.8, 1.1, 48, 1.5, 9, 1.8, 75, 0.9, 4}
	tlsBytes   = []int{4100, 3900, 7200, 4100, 3600, 5200, 4100, 4000, 6400, 4300}
	tcpSeconds = []float64{0.4, 0.6, 0.6, 0.5, 2, 0.6, 0.7}
	tcpAnswers = []int{6, 5, 6, 7, 6, 8}
)

// probeTLS is one connection without SNI whose server sends so many bytes in all, the last of them at the end.
func (l *ladder) probeTLS(node netip.Addr, seconds float64, bytes int) {
	x := l.TLS(l.TCP(l.next(), at(node, 443), nodePath).Open(), node12)
	const handshake = 2676 // of the server with node12's chain
	x.Send(100).Recv(66)
	x.Wait(time.Duration(seconds * float64(time.Second)))
	x.Recv(max(bytes-handshake-66, 1)).Close()
}

// probeTCP is one connection with STUN in frames.
func (l *ladder) probeTCP(node netip.Addr, port uint16, seconds float64, answers int) {
	c := l.TCP(l.next(), at(node, port), nodePath).Open()
	for range answers {
		l.STUN(pcaptest.Framed(c), l.WebexBinding())
		c.Wait(time.Duration(seconds*float64(time.Second))/time.Duration(answers) - 30*time.Millisecond)
	}
	c.Close()
}

// node is one of many media nodes of three ranges.
func nodeOf(i int) netip.Addr {
	a := []netip.Addr{nodeA, nodeB, nodeC}[i%3].As4()
	a[3] = byte(i)
	return netip.AddrFrom4(a)
}

// plays the session's probes, a dozen a second, and then a call over UDP 5004, as in every one of the 51.
func (p probed) play(l *ladder, call bool) {
	for i := range max(p.tcp33434, p.tcp5004, p.tls443) {
		if i < p.tcp33434 {
			l.probeTCP(nodeOf(i), 33434, tcpSeconds[i%len(tcpSeconds)], tcpAnswers[i%len(tcpAnswers)])
		}
		if i < p.tcp5004 {
			l.probeTCP(nodeOf(i), 5004, tcpSeconds[i%len(tcpSeconds)], tcpAnswers[(i+1)%len(tcpAnswers)])
		}
		if i < p.tls443 {
			l.probeTLS(nodeOf(i), tlsSeconds[i%len(tlsSeconds)], tlsBytes[i%len(tlsBytes)])
		}
		l.Advance(80 * time.Millisecond)
	}
	if call {
		l.callsUDP(nodeA, 5004, 22*time.Second)
	}
}

// spread is a list of measured values.
type spread []float64

func (s spread) at(q float64) float64 {
	slices.Sort(s)
	return s[int(q*float64(len(s)-1)+0.5)]
}

func (s spread) String() string {
	return fmt.Sprintf("median %.4g, 90 %% %.4g, most %.4g", s.at(0.5), s.at(0.9), s.at(1))
}

// probes are what the generated sessions come to.
type probes struct {
	tlsTime, tlsSize, tcpTime, tcpSize spread // s; bytes from the server
	flows, windows                     int    // windows with the cadence of media
}

// add takes the connections to media nodes of one session, all of them tests.
func (x *probes) add(t *testing.T, session int, set *record.Set) {
	t.Helper()
	for _, f := range set.Flows {
		switch {
		case f.Proto != "tcp":
			continue
		case f.Function != record.ReachProbe:
			t.Errorf("session %d: %s:%d is %s: %s", session, f.DstIP, f.DstPort, f.Function, f.Reason)
		}
		x.flows++
		if f.MediaPattern != nil {
			x.windows += f.MediaPattern.MediaBoth + f.MediaPattern.MediaOne
		}
		seconds, bytes := f.EndTime.Sub(f.StartTime).Seconds(), float64(f.PayloadBytesRev)
		if f.DstPort == 443 {
			x.tlsTime, x.tlsSize = append(x.tlsTime, seconds), append(x.tlsSize, bytes)
			continue
		}
		x.tcpTime, x.tcpSize = append(x.tcpTime, seconds), append(x.tcpSize, bytes)
		if f.PayloadBytesRev%66 != 0 {
			t.Errorf("%d bytes from a TCP server are no multiple of 66", f.PayloadBytesRev)
		}
	}
}

// checkNoFallback: no rule accuses the session, and its call, if there is one, is over UDP.
func checkNoFallback(t *testing.T, session int, call bool, set *record.Set) {
	t.Helper()
	for _, rule := range []string{"MED-001", "MED-002", "MED-003", "MED-004", "MED-005"} {
		if got := accused(set); strings.Contains(got, rule) {
			t.Errorf("session %d accuses %s", session, got)
		}
	}
	var calls []string
	for _, s := range set.Sessions {
		calls = append(calls, string(s.Transport)+s.FallbackReason)
	}
	if want := map[bool]string{true: "udp"}[call]; strings.Join(calls, " ") != want {
		t.Errorf("session %d with call %v: %q", session, call, calls)
	}
}

// TestMeasuredProbes: sessions with as many probes as the measured ones, of the same sizes and durations, are no
// fallback, with a call and without; and the thresholds lie well beyond all of them.
func TestMeasuredProbes(t *testing.T) {
	var x probes
	for _, p := range measuredSessions {
		for _, call := range []bool{false, true} {
			set := (&climb{play: func(l *ladder) { p.play(l, call) }}).watch(t)
			x.add(t, p.session, set)
			checkNoFallback(t, p.session, call, set)
		}
	}
	policy, err := catalogue.All().NewPolicy("strict")
	if err != nil {
		t.Fatal(err)
	}
	volume, _ := catalogue.All().Limit("WXA-MED-001.min_bytes")
	least := policy.Value(volume)
	t.Logf("%d probes of %d sessions, with a call and without: TLS %s s, %s bytes from the server; TCP %s s, %s bytes; windows with the cadence of media: %d; least volume of media %.0f bytes, %.1f times the largest probe",
		x.flows, len(measuredSessions), x.tlsTime, x.tlsSize, x.tcpTime, x.tcpSize, x.windows, least,
		least/x.tlsSize.at(1))
	if x.windows > 0 || least < 5*x.tlsSize.at(1) {
		t.Error("the thresholds are too near to the probes")
	}
	for _, c := range []struct {
		name                 string
		got, least, greatest float64
	}{
		{"TLS median s", x.tlsTime.at(0.5), 1.6, 2.1}, {"TLS 90 % s", x.tlsTime.at(0.89), 40, 50}, {"TLS median bytes", x.tlsSize.at(0.5), 3900, 4300},
		{"TLS most bytes", x.tlsSize.at(1), 7000, 7500}, {"TCP median s", x.tcpTime.at(0.5), 0.5, 0.7}, {"TCP median bytes", x.tcpSize.at(0.5), 396, 396},
	} {
		if c.got < c.least || c.got > c.greatest {
			t.Errorf("%s: generated %.4g, measured %.4g to %.4g", c.name, c.got, c.least, c.greatest)
		}
	}
}
