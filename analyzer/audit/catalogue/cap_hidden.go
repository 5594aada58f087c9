package catalogue

import (
	"cmp"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	hiddenFrom = audit.NewLimit("WXA-CAP-012.min_percent", "%", 25, 10, 1, 0, 100,
		"ours: a tunnel beside the traffic hides a part of it, stray packets hide nothing",
		"minimum share of bytes in encrypted tunnels and links")
	hiddenMost = audit.NewLimit("WXA-CAP-012.most_percent", "%", 80, 50, 50, 0, 100, "ours: more than the half",
		"share of bytes from which on the traffic as a whole is called hidden, and the network is not judged")
)

var cap012 = &audit.Rule{
	Hides: true,
	ID:    "WXA-CAP-012", Title: "A tunnel or encryption hides the traffic", Severity: record.Info,
	Doc: audit.Doc{
		What: "A good part of the bytes, or nearly all of them, runs inside an encrypted tunnel or an encrypted link.",
		Why: "Calls, names and marks in it cannot be seen. What the report does not show is not absent, and nothing " +
			"says that Webex works, nor that it does not.",
		Trigger: "min_percent or more of the bytes on the wire are ESP (as an IP protocol, or in UDP port 4500), " +
			"MACsec, encrypted data frames of 802.11 or CAPWAP's data in DTLS, in a capture of WXA-CAP-008.min_bytes or more. It fails from " +
			"most_percent on and says that the network cannot be judged; below, it only tells the share.",
		LookAlikes: "A split tunnel that leaves Webex outside is what Cisco recommends: below most_percent what is " +
			"seen beside the tunnel is judged as always. TLS, DTLS and SRTP hide content, not the flow. Tunnels of " +
			"other kinds over UDP or TLS (WireGuard, OpenVPN, AnyConnect) look like any flow and are not counted; " +
			"where their media leaves from, WXA-MED-015 tells if the site file has vpn_pools.",
		Verify: "Wireshark: Statistics > Protocol Hierarchy; `esp`, `udp.port == 4500`, `eth.type == 0x88e5`, " +
			"`wlan.fc.protected == 1`, `udp.port == 5247 && dtls`.",
	},
	Remediation: "Capture where the traffic is in the clear: on the VPN adapter of the client, behind the VPN " +
		"gateway, or on the wired side of the access point; begin before the call is joined.",
	Refs: []string{"RFC 4303 (ESP)", "RFC 3948 (ESP in UDP port 4500)", "IEEE 802.1AE (MACsec)", "RFC 5415 (CAPWAP)",
		"Network Requirements for Webex Services, WBX000028782: media past the VPN (split tunnel)"},
	Needs:      []string{"capture_health with unknown_encapsulations"},
	Thresholds: []*audit.Limit{unopenedFrom, hiddenFrom, hiddenMost},
	Judge: audit.Whole(func(s *audit.Scope) {
		o := audit.Outcome{Of: captures, Pass: wording.New("cap012.pass", "no tunnel hides the traffic"),
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
			if x := hiddenIn(h); percent(x.bytes, h.Bytes) >= s.Value(hiddenFrom) && x.bytes > 0 {
				s.Report(captureGroup(s, h, x.bytes), x.verdict(s, h))
			}
		}
		s.Conclude(o)
	}),
}

// veil is an encapsulation that nobody opens without keys, by its name in the records, and where to capture instead.
type veil struct {
	kind  string
	where wording.Text
}

var veils = []veil{
	{"IP protocol 50 (ESP)", beforeTunnel}, {"UDP port 4500 (ESP)", beforeTunnel},
	{"ethertype 0x88e5 (MACsec)", wording.New("cap012.macsec", "Capture on the client, or on a port without MACsec.")},
	{"UDP port 5247 (CAPWAP in DTLS)", wording.New("cap012.capwap", "Capture on the client, or behind the wireless controller.")},
	{"encrypted 802.11", wording.New("cap012.wifi", "Capture on the client, or on the wired side of the access point.")},
}

var beforeTunnel = wording.New("cap012.tunnel", "Capture on the VPN adapter of the client (in Wireshark: the adapter named "+
	"after the VPN), or behind the VPN gateway; begin before the call is joined.")

// encrypted reports whether an encapsulation that was not opened is one of them.
func encrypted(kind string) bool {
	return slices.ContainsFunc(veils, func(v veil) bool { return v.kind == kind })
}

// hidden is what a capture holds of them, by falling bytes.
type hidden struct {
	bytes int64
	by    []veil
}

func hiddenIn(h *record.CaptureHealth) (x hidden) {
	for _, v := range veils {
		if n := h.Unknown[v.kind]; n > 0 {
			x.bytes += n
			x.by = append(x.by, v)
		}
	}
	slices.SortStableFunc(x.by, func(a, b veil) int { return cmp.Compare(h.Unknown[b.kind], h.Unknown[a.kind]) })
	return x
}

func (x *hidden) verdict(s *audit.Scope, h *record.CaptureHealth) audit.Verdict {
	pct := percent(x.bytes, h.Bytes)
	var kinds []wording.Text
	list := []counter{{"bytes", &h.Bytes}}
	for _, v := range x.by {
		n := h.Unknown[v.kind]
		kinds = append(kinds, wording.New("cap008.name", "%s %s", v.kind, wording.Percent(percent(n, h.Bytes))))
		list = append(list, counter{v.kind, &n})
	}
	v := audit.Verdict{State: record.Warn,
		Summary: wording.New("cap012.warn", "%s of the bytes are encrypted (%s): what runs inside cannot be seen",
			wording.Percent(pct), wording.List(kinds)),
		Expected:    wording.New("cap012.expected", "less than %s", wording.Percent(s.Value(hiddenFrom))),
		Actual:      wording.New("cap008.actual", "%s", wording.Percent(pct)),
		Remediation: x.by[0].where, Evidence: counters(h, list...)}
	if pct >= s.Value(hiddenMost) {
		v.State = record.Fail
		v.Summary = wording.New("cap012.fail", "%s of the bytes are encrypted (%s): nothing can be said of what runs "+
			"inside", wording.Percent(pct), wording.List(kinds))
	}
	return v
}
