package analyzer_test

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// phoneCall is a phone's call to Webex with G.711, whose reports have ports of their own.
func phoneCall() pcaptest.SIPCall {
	c := pcaptest.NewSIPCall(netip.MustParseAddr("10.50.0.2"), netip.MustParseAddr("139.177.65.20"))
	c.PT, c.Clock, c.Rtpmap = 8, 8000, "8 PCMA/8000"
	c.Lasting, c.Reports = time.Minute, 5*time.Second
	c.Hops = [2]time.Duration{2 * time.Millisecond, 35 * time.Millisecond}
	c.Change = func(r *pcaptest.RTPStream) {
		seed := uint64(r.From)
		r.Loss, r.LossBehind = amid(r, pcaptest.Chance(seed, .01)), amid(r, pcaptest.Chance(seed+7, .03))
	}
	c.Truth = new(pcaptest.CallTruth)
	return c
}

func phoneCapture(c pcaptest.SIPCall) *pcaptest.Capture {
	s := pcaptest.New(31, pcaptest.Start)
	s.SIPCall(c)
	return s.Capture()
}

// TestLedgerOfPhone: reports on the ports above own what was lost behind the capture point, and tell the round trip to
// both ends.
func TestLedgerOfPhone(t *testing.T) {
	for name, peer := range map[string]string{"Webex": "139.177.65.20", "inside": "10.20.0.60"} {
		c := phoneCall()
		c.Server = netip.AddrPortFrom(netip.MustParseAddr(peer), 5060)
		c.Peer = netip.AddrPortFrom(c.Server.Addr(), 20000)
		set := watch(t, phoneCapture(c), "", "")
		for m, of := range ledgers(t, set, c.Truth) {
			want := covered(t, m, of)
			if owned(m.Ledger) != strings.Replace(due(want), "unsent 0", "unsent -1", 1) || want.Behind < 50 {
				t.Errorf("%s: %s: %s\nwant %s", name, streamName(m), owned(m.Ledger), due(want))
			}
			if problem := account(m.Ledger); problem != "" {
				t.Errorf("%s: %s: %s", name, streamName(m), problem)
			}
			trip := 2 * c.Hops[1-of.From]
			if l := m.Ledger; l.RTTSource != "report" || !within(l.RTTMedianMs, trip) || l.Reports < 10 {
				t.Errorf("%s: %s: %d reports, %s, want %v", name, streamName(m), l.Reports, milliseconds(l.RTTMedianMs), trip)
			}
		}
	}
}

// TestLedgerOfPhoneSilent: without reports of a phone, and where they are encrypted, nothing is said of what is lost
// behind the capture point, and why.
func TestLedgerOfPhoneSilent(t *testing.T) {
	for want, change := range map[string]func(*pcaptest.SIPCall){
		"no RTCP was seen":  func(c *pcaptest.SIPCall) { c.Reports = 0 },
		"RTCP is encrypted": func(c *pcaptest.SIPCall) { c.Sealed = true },
		"no receiver's report of this stream": func(c *pcaptest.SIPCall) { // of other streams
			lose := c.Change
			c.Change = func(r *pcaptest.RTPStream) {
				lose(r)
				r.LossBehind = func(int) bool { return true }
			}
		},
		"too few": func(c *pcaptest.SIPCall) { c.Reports = 70 * time.Second },
	} {
		c := phoneCall()
		change(&c)
		set := watch(t, phoneCapture(c), "", "")
		for m, of := range ledgers(t, set, c.Truth) {
			l := m.Ledger
			if !strings.Contains(l.Unknown, want) || l.LostBehind != nil || l.LostBefore != m.Lost ||
				m.Lost != int64(of.Sum(0, of.Packets).Before) {
				t.Errorf("%s: %s: %q, %s", want, streamName(m), l.Unknown, owned(l))
			}
		}
	}
}

// TestLedgerOfPhoneWorkers: the two flows of a phone's media are of one share, so that the number of workers changes
// nothing.
func TestLedgerOfPhoneWorkers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.pcap")
	if err := phoneCapture(phoneCall()).Save(path); err != nil {
		t.Fatal(err)
	}
	sameOf(t, path, []int{1, 2, 5, 16}, func(workers int, set *record.Set) {
		for _, m := range set.Streams {
			if m.Ledger == nil || m.Ledger.LostBehind == nil {
				t.Errorf("%d workers: %s: no loss behind", workers, streamName(m))
			}
		}
	})
}

// TestLedgerOfPhoneInWindows: each window's ledger adds up, and they own no more than was lost.
func TestLedgerOfPhoneInWindows(t *testing.T) {
	c := phoneCall()
	path := filepath.Join(t.TempDir(), "c.pcap")
	if err := phoneCapture(c).Save(path); err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{1, 3} {
		behind, windows := map[uint32]int64{}, 0
		_, err := analyzer.RunWindows(context.Background(), analyzer.Config{Files: []string{path}, Workers: workers,
			Window: 20 * time.Second}, analyzer.Windows{Settle: func(set *record.Set) error {
			for _, m := range set.Streams {
				if windows++; m.Ledger != nil && m.Ledger.LostBehind != nil {
					behind[m.SSRC] += *m.Ledger.LostBehind
					if problem := account(m.Ledger); problem != "" {
						t.Errorf("%s: %s", streamName(m), problem)
					}
				}
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range c.Truth.Streams {
			n := int64(of.Sum(0, of.Packets).Behind)
			if got := behind[of.SSRC]; windows < 6 || got > n || 3*got < n {
				t.Errorf("%d workers: %d parts, %d lost behind, of %d", workers, windows, got, n)
			}
		}
	}
}
