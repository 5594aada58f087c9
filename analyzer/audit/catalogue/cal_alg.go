package catalogue

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var wrongLengths = audit.NewLimit("WXA-CAL-003.min_messages", "messages", 3, 2, 1, 1, 1e6,
	"ours: one may be a slip of its sender", "minimum number of messages of a flow with a wrong Content-Length")

var cal003 = &audit.Rule{
	ID: "WXA-CAL-003", Title: "SIP messages are rewritten on the way", Severity: record.Medium,
	Doc: audit.Doc{
		What: "SIP in clear was changed between its sender and the capture point: lengths do not fit, or addresses " +
			"were replaced in a part of the message only.",
		Why: "A SIP application layer gateway (ALG) in a router or firewall breaks registration, hold and transfer, " +
			"and sends media to addresses where nobody listens.",
		Trigger: "In SIP of a Webex flow, or of a host with a declared role: min_messages messages whose " +
			"Content-Length is not the length of their body; or an answer from the cloud whose Via says it saw the " +
			"client's private address, which only a gateway in between can have put there; or, seen on the public " +
			"side, Via with a private address beside a session description with the public one, or the other way " +
			"round. Wrong lengths or a private address seen by the cloud are probable, a mixture of addresses alone " +
			"is possible, two kinds of signs confirm each other.",
		LookAlikes: "Address translation without a gateway leaves all addresses private, and the server notes with " +
			"received and rport what it saw: silent. A user agent that learnt its public address (STUN, rport) may " +
			"write it into Contact or into the description by itself: hence only possible. Messages cut by the " +
			"capture have no length to compare. Inside TLS nobody can rewrite anything, and nothing is seen.",
		Verify: "Wireshark: `sip`, then the Via, Contact and c= addresses beside ip.src, and Content-Length beside " +
			"the length of the body; better: capture on both sides of the router and compare one message.",
	},
	Remediation: "Switch SIP ALG (SIP fixup, SIP inspection) off on every router and firewall on the way, and use " +
		"SIP over TLS.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: SIP ALG",
		"RFC 3261 sections 8.2.6.2, 18.2.1 and 18.3", "RFC 3581 section 4"},
	Rows:       []string{"names", "prefixes", "webex-policy-sip-alg"},
	Needs:      []string{"flow with sip in clear, whole packets"},
	Thresholds: []*audit.Limit{wrongLengths},
	Reads:      audit.ReadAll,
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "flow with SIP in clear", Many: "flows with SIP in clear"},
		Pass: wording.New("cal003.pass", "nothing in the messages was rewritten"),
		Absent: wording.New("cal003.absent", "no SIP in clear between Webex and its clients in this capture: inside "+
			"TLS no gateway can rewrite it"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return f.SIP != nil && (f.Webex || f.ClientRole != "" || f.ServerRole != "")
		},
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			if f.SIP.Cut >= f.SIP.Messages {
				missing = wording.New("cal003.missing", "messages captured to their end (a snapshot length cuts "+
					"them), with addresses in them")
			}
			return missing
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			signs := rewriting(f.Flow, e.Value(wrongLengths))
			for _, s := range signs {
				g.Hows.Add(s, 1)
			}
			return len(signs) > 0
		},
		Confidence: unsure[observe.Flow],
		Cite: audit.Citation{Kind: "packet-range", Keys: []string{"sip-length", "sip-request", "sip-answer"},
			Fields: sipFields},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Fail, Confidence: rewritingConfidence(g),
				Summary: wording.New("cal003.fail", "SIP of %s in %s shows signs of a gateway that rewrites it (%s)",
					clients(g), subject(g), howOften(g)),
				Expected: wording.New("cal003.expected", "messages as their sender wrote them"),
				Actual:   wording.New("cal003.actual", "%s", howOften(g)),
			}, true
		},
	},
}

// Signs of an application layer gateway.
const (
	signLength   = "Content-Length does not fit the body"
	signReceived = "the cloud saw the client's private address"
	signMixed    = "private and public addresses in one message"
)

// rewriting lists the signs that the flow shows.
func rewriting(f *record.Flow, least float64) (signs []string) {
	if float64(f.SIP.Short+f.SIP.Long) >= least {
		signs = append(signs, signLength)
	}
	if f.Prefix != "" && f.ClientAddr().IsPrivate() && same(f.SIP, "received") > 0 {
		signs = append(signs, signReceived)
	}
	if mixed(f, "fwd", f.SrcIP) || mixed(f, "rev", f.DstIP) {
		signs = append(signs, signMixed)
	}
	return signs
}

func rewritingConfidence(g *audit.Group) record.Confidence {
	switch {
	case len(g.Hows.Keys()) > 1:
		return record.Confirmed
	case g.Hows.Count(signMixed) > 0:
		return record.Possible
	}
	return record.Probable
}

// same counts the addresses of one place that were the packet's.
func same(x *record.SIPFacts, where string) int64 {
	n := x.Compared[where] - x.AddressesDropped
	for _, a := range x.Addresses {
		if a.Where == where {
			n -= a.Count
		}
	}
	return n
}

// mixed reports whether the side that sends from a public address names it in one part of its messages and a private
// one in another. Via and Contact go together: a user agent that has learnt its public address writes it into Contact
// alone.
func mixed(f *record.Flow, side string, from netip.Addr) bool {
	if from.IsPrivate() {
		return false
	}
	private := func(where string) bool {
		return slices.ContainsFunc(f.SIP.Addresses, func(a record.SIPAddress) bool {
			return a.Where == where && a.Packet == from && a.Address.IsPrivate()
		})
	}
	announced := slices.ContainsFunc(f.SIP.Media, func(m record.SIPMedia) bool {
		return m.Direction == side && m.Address == from.String()
	})
	if private("via") && private("contact") && announced {
		return true
	}
	return private("sdp") && !private("via") && !private("contact") && same(f.SIP, "via") > 0 &&
		same(f.SIP, "contact") > 0
}

func sipFields(f *observe.Flow) map[string]string {
	m := map[string]string{"messages": strconv.FormatInt(f.SIP.Messages, 10)}
	if n := f.SIP.Short + f.SIP.Long; n > 0 {
		m["wrong_length"] = strconv.FormatInt(n, 10)
	}
	for _, a := range f.SIP.Addresses {
		m[a.Where] = fmt.Sprintf("%s in packets of %s", a.Address, a.Packet)
	}
	return m
}
