package catalogue

import (
	"cmp"
	"maps"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	maxUnopened = audit.NewLimit("WXA-CAP-008.max_percent", "%", 5, 1, 0.1, 0, 100, "ours: stray frames stay far below",
		"share of bytes in encapsulations that are not opened")
	unopenedFrom = audit.NewLimit("WXA-CAP-008.min_bytes", "bytes", 1_000_000, 100_000, 10_000, 0, audit.Unbounded,
		"ours: a few stray frames must not decide", "minimum number of bytes of a capture that is judged")
)

var cap008 = &audit.Rule{
	Hides: true,
	ID:    "WXA-CAP-008", Version: "2", Title: "Encapsulation that was not opened", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A good part of the bytes travels inside an encapsulation that the analysis does not open.",
		Why:  "Webex traffic in it is invisible: what the report does not show is not absent.",
		Trigger: "More than max_percent of the bytes on the wire under an ethertype that is neither IP nor a " +
			"known protocol without IP, or under an IP protocol that carries other packets (AH, L2TP, EtherIP and " +
			"kin), in a capture of min_bytes or more.",
		LookAlikes: "ARP, spanning tree, LLDP and the like carry no IP and do not count. What is encrypted (ESP, " +
			"MACsec, 802.11) is WXA-CAP-012's. Encrypted tunnels over UDP or TLS (WireGuard, OpenVPN, DTLS) look " +
			"like any flow and are not counted either.",
		Verify: "Wireshark: Statistics > Protocol Hierarchy; `eth.type == 0x88cc` or `ip.proto == 115` with " +
			"the named number.",
	},
	Remediation: "Capture before the encapsulation, or where its inside is clear; send a sample if the " +
		"encapsulation should be opened.",
	Refs:       []string{"IANA IEEE 802 Numbers", "IANA Protocol Numbers"},
	Needs:      []string{"capture_health"},
	Thresholds: []*audit.Limit{maxUnopened, unopenedFrom},
	Judge: audit.Whole(func(s *audit.Scope) {
		o := audit.Outcome{Of: captures, Pass: wording.New("cap008.pass", "encapsulations were opened"),
			Missing: wording.New("cap008.missing", "at least %s of traffic: stray frames must not decide",
				wording.Bytes(int64(s.Value(unopenedFrom)))),
			Absent: wording.New("cap.absent", "no packets")}
		for _, h := range s.Health {
			if h.Packets == 0 {
				continue
			}
			o.Seen++
			if float64(h.Bytes) < s.Value(unopenedFrom) {
				continue
			}
			o.Judged++
			pct := percent(unopened(h), h.Bytes)
			if pct <= s.Value(maxUnopened) {
				continue
			}
			s.Report(captureGroup(s, h, unopened(h)), audit.Verdict{
				State: record.Fail,
				Summary: wording.New("cap008.fail", "%s of the bytes travel in encapsulations that were not opened: %s",
					wording.Percent(pct), unopenedNames(h)),
				Expected: wording.New("cap008.expected", "at most %s", wording.Percent(s.Value(maxUnopened))),
				Actual:   wording.New("cap008.actual", "%s", wording.Percent(pct)),
				Evidence: counters(h, unopenedCounters(h)...),
			})
		}
		s.Conclude(o)
	}),
}

func unopened(h *record.CaptureHealth) (bytes int64) {
	for _, k := range unopenedKeys(h) {
		bytes += h.Unknown[k]
	}
	return bytes
}

// unopenedKeys are the names of the encapsulations that are not encrypted, by falling bytes.
func unopenedKeys(h *record.CaptureHealth) []string {
	keys := slices.SortedFunc(maps.Keys(h.Unknown), func(a, b string) int {
		return cmp.Or(cmp.Compare(h.Unknown[b], h.Unknown[a]), cmp.Compare(a, b))
	})
	return slices.DeleteFunc(keys, encrypted)
}

func unopenedNames(h *record.CaptureHealth) wording.Arg {
	var list []wording.Text
	for _, k := range unopenedKeys(h) {
		list = append(list, wording.New("cap008.name", "%s %s", k, wording.Percent(percent(h.Unknown[k], h.Bytes))))
	}
	return wording.List(list)
}

func unopenedCounters(h *record.CaptureHealth) []counter {
	list := []counter{{"bytes", &h.Bytes}}
	for _, k := range unopenedKeys(h) {
		n := h.Unknown[k]
		list = append(list, counter{k, &n})
	}
	return list
}
