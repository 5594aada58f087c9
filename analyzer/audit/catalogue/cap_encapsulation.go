package catalogue

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	maxUnopened = audit.NewLimit("WXA-CAP-008.max_percent", "%", 5, 1, 0.1, 0, 100, "ours: stray frames stay far below",
		"share of bytes in encapsulations that are not opened")
	unopenedFrom = audit.NewLimit("WXA-CAP-008.min_bytes", "bytes", 1_000_000, 100_000, 10_000, 0, audit.Unbounded,
		"ours: a few stray frames must not decide", "minimum number of bytes of a capture that is judged")
	maxUndecoded = audit.NewLimit("WXA-CAP-008.max_undecoded_percent", "%", 20, 10, 5, 0, 100, "ours: damaged packets stay far below",
		"share of packets that could not be decoded")
	undecodedFrom = audit.NewLimit("WXA-CAP-008.min_packets", "packets", 20, 20, 10, 1, 1e6,
		"ours: a few stray frames must not decide", "minimum number of packets of a capture whose undecoded ones are judged")
)

var cap008 = &audit.Rule{
	Hides: true,
	ID:    "WXA-CAP-008", Version: "3", Title: "Traffic that was not opened or not decoded", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A good part of the bytes travels inside an encapsulation that the analysis does not open, or a good " +
			"part of the packets could not be decoded.",
		Why: "Webex traffic in it is invisible: what the report does not show is not absent.",
		Trigger: "More than max_percent of the bytes on the wire under an ethertype that is neither IP nor a " +
			"known protocol without IP, or under an IP protocol that carries other packets (AH, L2TP, " +
			"EtherIP and kin), in a capture of min_bytes or more. Or more than max_undecoded_percent " +
			"of min_packets or more packets whose headers contradict themselves or whose tunnels are nested " +
			"too deep (undecodable in capture_health, but for ethertypes that are not known, and headers " +
			"that the capture cut, which WXA-CAP-005 judges).",
		LookAlikes: "ARP, spanning tree, LLDP and the like carry no IP and do not count. What is encrypted (ESP, " +
			"MACsec, 802.11, CAPWAP in DTLS) is WXA-CAP-012's. Encrypted tunnels over UDP or TLS (WireGuard, OpenVPN, DTLS) look " +
			"like any flow and are not counted either.",
		Verify: "Wireshark: Statistics > Protocol Hierarchy; `eth.type == 0x88cc` or `ip.proto == 115` with " +
			"the named number.",
	},
	Remediation: "Capture before the encapsulation, or where its inside is clear; where packets are damaged, check " +
		"the mirror and the sensor. Send a sample if the traffic should be read.",
	Refs:       []string{"IANA IEEE 802 Numbers", "IANA Protocol Numbers"},
	Needs:      []string{"capture_health"},
	Thresholds: []*audit.Limit{maxUnopened, maxUndecoded, unopenedFrom, undecodedFrom},
	Judge: audit.Whole(func(s *audit.Scope) {
		o := audit.Outcome{Of: captures, Pass: wording.New("cap008.pass", "encapsulations that are not encrypted were opened, and packets decoded"),
			Missing: wording.New("cap008.missing", "at least %s of traffic: stray frames must not decide",
				wording.Bytes(int64(s.Value(unopenedFrom)))),
			Absent: wording.New("cap.absent", "no packets")}
		var few, all int64
		for _, h := range s.Health {
			if h.Packets == 0 {
				continue
			}
			o.Seen++
			damaged, cut := undecoded(h)
			switch {
			case manyPackets(s, h, sum(damaged)):
				undecodedOf(s, h, damaged)
			case manyPackets(s, h, cut):
				o.Missing = wording.New("cap008.cut", "whole headers: the capture cut them (WXA-CAP-005)")
				continue
			case float64(h.Bytes) < s.Value(unopenedFrom):
				continue
			default:
				unopenedOf(s, h)
				few, all = few+sum(damaged)+cut, all+h.Packets
			}
			o.Judged++
		}
		if few > 0 {
			o.Pass = wording.New("cap008.few", "encapsulations that are not encrypted were opened; %s of the packets could not be decoded",
				wording.Percent(percent(few, all)))
		}
		s.Conclude(o)
	}),
}

// unopenedOf reports a capture with much traffic in encapsulations that were not opened.
func unopenedOf(s *audit.Scope, h *record.CaptureHealth) {
	opaque := maps.Clone(h.Unknown)
	maps.DeleteFunc(opaque, func(name string, _ int64) bool { return encrypted(name) })
	pct := percent(sum(opaque), h.Bytes)
	if pct <= s.Value(maxUnopened) {
		return
	}
	s.Report(captureGroup(s, h, sum(opaque)), audit.Verdict{
		State: record.Fail,
		Summary: wording.New("cap008.fail", "%s of the bytes travel in encapsulations that were not opened: %s",
			wording.Percent(pct), shares(opaque, h.Bytes)),
		Expected: wording.New("cap008.expected", "at most %s", wording.Percent(s.Value(maxUnopened))),
		Actual:   wording.New("cap008.actual", "%s", wording.Percent(pct)),
		Evidence: counters(h, append(countersOf(opaque), counter{"bytes", &h.Bytes})...),
	})
}

// undecoded are the packets that contradict themselves, by reason, and how many had a header cut by the capture.
func undecoded(h *record.CaptureHealth) (damaged map[string]int64, cut int64) {
	damaged = map[string]int64{}
	for reason, n := range h.Undecodable {
		switch {
		case strings.HasSuffix(reason, " cut"):
			cut += n
		case reason != "unknown ethertype" && reason != "802.11 frame without data":
			damaged[reason] = n
		}
	}
	return damaged, cut
}

// manyPackets reports whether so many packets are more than the share that is allowed.
func manyPackets(s *audit.Scope, h *record.CaptureHealth, n int64) bool {
	return float64(h.Packets) >= s.Value(undecodedFrom) && percent(n, h.Packets) > s.Value(maxUndecoded)
}

// undecodedOf reports a capture many of whose packets could not be decoded.
func undecodedOf(s *audit.Scope, h *record.CaptureHealth, reasons map[string]int64) {
	pct := percent(sum(reasons), h.Packets)
	s.Report(captureGroup(s, h, sum(reasons)), audit.Verdict{
		State: record.Fail,
		Summary: wording.New("cap008.undecoded", "%s of the packets could not be decoded: %s", wording.Percent(pct),
			shares(reasons, h.Packets)),
		Expected: wording.New("cap008.expected", "at most %s", wording.Percent(s.Value(maxUndecoded))),
		Actual:   wording.New("cap008.actual", "%s", wording.Percent(pct)),
		Evidence: counters(h, countersOf(reasons)...),
	})
}

func sum(counts map[string]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// shares names the counters by falling numbers, each with its share of the whole.
func shares(counts map[string]int64, whole int64) wording.Arg {
	var list []wording.Text
	for _, k := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	}) {
		list = append(list, wording.New("cap008.name", "%s %s", k, wording.Percent(percent(counts[k], whole))))
	}
	return wording.List(list)
}

func countersOf(counts map[string]int64) (list []counter) {
	for k, n := range counts {
		list = append(list, counter{k, &n})
	}
	return list
}
