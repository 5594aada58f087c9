package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	fragmentShare = audit.NewLimit("WXA-MED-014.max_percent", "%", 5, 1, 0.1, 0, 100, "ours: single large packets are harmless",
		"share of a media flow's packets in fragments")
	fragmentPackets = audit.NewLimit("WXA-MED-014.min_packets", "packets", 250, 50, 50, 1, 1e6, "ours: one second of audio",
		"minimum number of packets of a media flow whose fragments are judged")
	smallMTU = audit.NewLimit("WXA-MED-014.within_mtu", "bytes", 1280, 1300, 1500, 576, 9000,
		"published: WBX000028782: 1500 is recommended, not under 1300", "minimum MTU that a handshake must leave")
)

var med014 = &audit.Rule{
	ID: "WXA-MED-014", Title: "Path MTU is small or media is fragmented", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "Media packets travel in fragments or are too big for the path, or the path to Webex carries packets " +
			"of less than within_mtu bytes only.",
		Why: "Fragments are dropped by many firewalls and double the loss; below 1300 bytes video does not fit any " +
			"more.",
		Trigger: "More than max_percent of the packets of media flows over UDP in IP fragments, or ICMP " +
			"fragmentation-needed (packet-too-big) for media: a failure. TCP handshakes of a site with Webex whose " +
			"MSS leaves less than within_mtu bytes over IPv4, or less than the 1280 that IPv6 guarantees: a low " +
			"warning, as the MSS says nothing of UDP.",
		LookAlikes: "A single client with a small MSS is on a tunnel of its own (VPN): the finding names the " +
			"clients. TCP that clamps the MSS to 1300 or more is well, and so is an MTU of 1280 over IPv6. ICMP " +
			"packet-too-big for TCP is how path MTU discovery works. Probes of a client that sends large packets on " +
			"purpose are no media.",
		Verify: "Wireshark: `tcp.options.mss_val < 1260 && tcp.flags.syn == 1`; `ip.flags.mf == 1 || ip.frag_offset " +
			"> 0`; `icmp.type == 3 && icmp.code == 4 || icmpv6.type == 2`.",
	},
	Remediation: "Raise the MTU of tunnels and WAN links to 1500, at least 1300; do not drop ICMP " +
		"fragmentation-needed.",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: MTU", "RFC 4459", "RFC 8900"},
	Rows:       []string{"prefixes", "webex-policy-mtu"},
	Needs:      []string{"flow"},
	Thresholds: []*audit.Limit{fragmentShare, fragmentPackets, smallMTU},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "Webex flow with a handshake or media", Many: "Webex flows with a handshake or media"},
		Pass: wording.New("med014.pass", "the MTU that handshakes leave suffices, and media is not fragmented"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return observe.PathMTU(f.Flow) > 0 || fragmentsCount(e, f) || f.Proto == "udp" && observe.TooBig(f.Flow)
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			size := observe.PathMTU(f.Flow)
			switch {
			case f.Proto == "udp" && observe.TooBig(f.Flow):
				g.Hows.Add("ICMP: packet too big", 1)
				g.Sum("media", 1)
			case size > 0 && float64(size) < leastMTU(e, f):
				g.Hows.Add(fmt.Sprintf("MTU of %d bytes", size), 1)
			case fragmentsCount(e, f) && percent(f.Fragments, f.PacketsFwd+f.PacketsRev) > e.Value(fragmentShare):
				g.Hows.Add("fragmented media", 1)
				g.Sum("media", 1)
			default:
				return false
			}
			return true
		},
		Cite: audit.Citation{Kind: "packet-range", Keys: []string{"syn", "syn-ack", "icmp-error"}, Fields: func(f *observe.Flow) map[string]string {
			return map[string]string{"mtu": fmt.Sprint(observe.PathMTU(f.Flow)), "fragmented": fmt.Sprint(f.Fragments)}
		}},
		Report: mtuVerdict,
	},
}

func mtuVerdict(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("med014.fail", "%s of %s in %s: %s", wording.Count(g.Count, "flow", "flows"), clients(g), subject(g),
			howOften(g)),
		Expected: wording.New("med014.expected", "an MTU of at least %s bytes (1500 is recommended), no fragments",
			wording.Decimal(s.Value(smallMTU))),
		Actual: wording.New("med014.actual", "%s", howOften(g)),
	}
	if g.Sums["media"] == 0 {
		v.State, v.Severity = record.Warn, record.Low
		v.Summary = wording.New("med014.tcp", "%s; this is of TCP: media over UDP was not seen in fragments", v.Summary)
		v.Remediation = wording.New("med014.tcp.remedy", "Where video is poor raise the MTU of tunnels and WAN links to 1500, at least 1300; let ICMP "+
			"fragmentation-needed through.")
	}
	return v, true
}

// minMTU6 is what every IPv6 link carries (RFC 8200 section 5).
const minMTU6 = 1280

// leastMTU is what the handshake of the flow ought to leave.
func leastMTU(e *audit.Env, f *observe.Flow) float64 {
	if f.SrcIP.Unmap().Is4() {
		return e.Value(smallMTU)
	}
	return min(e.Value(smallMTU), minMTU6)
}

// fragmentsCount reports whether the flow is media of enough packets to speak of the share of fragments.
func fragmentsCount(e *audit.Env, f *observe.Flow) bool {
	return f.Function.IsMedia() && f.Proto == "udp" && float64(f.PacketsFwd+f.PacketsRev) >= e.Value(fragmentPackets)
}
