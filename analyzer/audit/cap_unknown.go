package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"webexaudit/analyzer/record"
)

var cap008 = &Rule{
	Hides: true,
	ID:    "WXA-CAP-008", Title: "Encapsulation that was not opened", Severity: record.Medium,
	Doc: Doc{
		What:       "A good part of the bytes travels inside an encapsulation that the analysis does not open.",
		Why:        "Webex traffic in it is invisible: what the report does not show is not absent.",
		Trigger:    "More than max_percent of the bytes on the wire under an ethertype that is neither IP nor a known protocol without IP, or under an IP protocol that carries other packets (ESP, AH, L2TP, EtherIP and kin), in a capture of min_bytes or more.",
		LookAlikes: "ARP, spanning tree, LLDP and the like carry no IP and do not count. Encrypted tunnels over UDP or TLS (WireGuard, OpenVPN, DTLS) look like any flow and are not counted either.",
		Verify:     "Wireshark: Statistics > Protocol Hierarchy; `eth.type == 0x88cc` or `ip.proto == 50` with the named number.",
	},
	Remediation: "Capture before the encapsulation, or where its inside is clear; send a sample if the encapsulation should be opened.",
	Refs:        []string{"IANA IEEE 802 Numbers", "IANA Protocol Numbers"},
	Needs:       []string{"capture_health"},
	Limits:      []string{"WXA-CAP-008.max_percent", "WXA-CAP-008.min_bytes"},
	Check: func(p *Pass) {
		o := outcome{unit: "capture", pass: "encapsulations were opened", missing: fmt.Sprintf("at least %s of traffic: stray frames must not decide", volume(int64(p.limit("min_bytes")))), absent: "no packets"}
		for _, h := range p.health {
			if h.Packets == 0 {
				continue
			}
			o.seen++
			if float64(h.Bytes) < p.limit("min_bytes") {
				continue
			}
			o.judged++
			if pct := percent(unopened(h), h.Bytes); pct > p.limit("max_percent") {
				p.report(p.captureCause(h, unopened(h)), verdict{state: record.Fail,
					summary:  fmt.Sprintf("%s of the bytes travel in encapsulations that were not opened: %s", share(pct), some(unknownNames(h))),
					expected: "at most " + share(p.limit("max_percent")), actual: share(pct),
					evidence: []record.Evidence{counters(h, unknownCounters(h)...)}})
			}
		}
		p.conclude(o)
	},
}

func unopened(h *record.CaptureHealth) (bytes int64) {
	for _, n := range h.Unknown {
		bytes += n
	}
	return bytes
}

// unknownKeys are the names of the encapsulations by falling bytes.
func unknownKeys(h *record.CaptureHealth) []string {
	return slices.SortedFunc(maps.Keys(h.Unknown), func(a, b string) int {
		return cmp.Or(cmp.Compare(h.Unknown[b], h.Unknown[a]), cmp.Compare(a, b))
	})
}

func unknownNames(h *record.CaptureHealth) (list []string) {
	for _, k := range unknownKeys(h) {
		list = append(list, k+" "+share(percent(h.Unknown[k], h.Bytes)))
	}
	return list
}

func unknownCounters(h *record.CaptureHealth) (pairs []any) {
	pairs = append(pairs, "bytes", h.Bytes)
	for _, k := range unknownKeys(h) {
		pairs = append(pairs, k, h.Unknown[k])
	}
	return pairs
}
