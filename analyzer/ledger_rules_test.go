package analyzer_test

import (
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// toldOf are the summaries of what accuses by a rule.
func toldOf(set *record.Set, rule string) (list []string) {
	for _, f := range set.Findings {
		if f.Rule == rule && (f.State == record.Fail || f.State == record.Warn) {
			list = append(list, f.Summary)
		}
	}
	return list
}

// TestLossByPlace: the rules of loss accuse the side of the capture point that lost packets, whether or not they passed
// it, and nobody for what was never sent or what the sensor lost.
func TestLossByPlace(t *testing.T) {
	const quiet = ""
	for place, want := range map[string][2]string{ // of audio from the cloud, of audio from the client
		"behind": {"% was lost between the clients and the capture point, 0 % between that and the cloud",
			"0 % was lost between the clients and the capture point, "},
		"before": {"0 % was lost between the clients and the capture point, ",
			"% was lost between the clients and the capture point, 0 % between that and the cloud"},
		"far":     {quiet, quiet},
		"capture": {quiet, quiet},
	} {
		for from, say := range want {
			c := clearCall()
			c.Change = func(r *pcaptest.RTPStream) {
				if r.PT == pcaptest.PTAudio2023 && int(r.From) == 1-from {
					lossPlaces[place](r, amid(r, pcaptest.Chance(uint64(r.SSRC), .08)))
				}
			}
			set, _ := kept(t, 21, c, nil)
			got := toldOf(set, "WXA-QUA-001")
			switch {
			case say == quiet && len(got) > 0:
				t.Errorf("%s %d: %q", place, from, got)
			case say != quiet && (len(got) != 1 || !strings.Contains(got[0], say) || strings.Contains(got[0], "as far")):
				t.Errorf("%s %d: %q, want %q", place, from, got, say)
			}
		}
	}
}

// TestSideOfLoss: calls whose ends both tell answer which side loses; those whose RTCP is encrypted do not.
func TestSideOfLoss(t *testing.T) {
	for place, want := range map[string]string{
		"behind": "on the clients' side of the capture point; 3.1 %",
		"before": "on the cloud's side of the capture point; 0 %",
		"far":    "", "capture": "",
	} {
		for _, sealed := range []bool{false, true} {
			c := clearCall()
			c.Sealed = sealed
			c.Change = func(r *pcaptest.RTPStream) {
				if r.From == pcaptest.Server {
					lossPlaces[place](r, amid(r, pcaptest.Chance(uint64(r.SSRC), .08)))
				}
			}
			set, _ := kept(t, 22, c, nil)
			got := toldOf(set, "WXA-QUA-008")
			if quiet := sealed || want == ""; quiet && len(got) > 0 ||
				!quiet && (len(got) != 1 || !strings.Contains(got[0], want)) {
				t.Errorf("%s, sealed %v: %q, want %q", place, sealed, got, want)
			}
		}
	}
}

// TestSilenceWithFeedback: a client that hears nothing more while the cloud tells what arrives of its media is on a
// path that lives: that is no one-way media. Where the feedback is encrypted it may be.
func TestSilenceWithFeedback(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		c := clearCall()
		c.Lasting, c.Midway, c.Sealed = 60*time.Second, true, sealed
		c.Change = func(r *pcaptest.RTPStream) {
			if r.From == pcaptest.Server {
				r.Packets = 20
			}
		}
		set, _ := kept(t, 23, c, nil)
		if got := toldOf(set, "WXA-MED-010"); len(got) > 0 != sealed {
			t.Errorf("sealed %v: %q", sealed, got)
		}
	}
}

// TestElsewhere: what the cloud never got is the remote sender's, what the sensor lost the capture's, and neither is a
// class of media that loses packets.
func TestElsewhere(t *testing.T) {
	for place, want := range map[string]string{"far": "WXA-QUA-016", "capture": "WXA-CAP-002"} {
		c := clearCall()
		c.Change = func(r *pcaptest.RTPStream) {
			if r.From == pcaptest.Server && r.PT != pcaptest.PTAudio2023 {
				lossPlaces[place](r, amid(r, pcaptest.Chance(uint64(r.SSRC), .08)))
			}
		}
		set, _ := kept(t, 24, c, nil)
		for _, rule := range []string{"WXA-QUA-001", "WXA-QUA-004", "WXA-QUA-014", "WXA-QUA-016", "WXA-CAP-002"} {
			if got := toldOf(set, rule); len(got) > 0 != (rule == want) {
				t.Errorf("%s: %s: %q", place, rule, got)
			}
		}
	}
}
