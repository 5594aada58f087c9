package catalogue

import (
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var namelessSessions = audit.NewLimit("WXA-TLS-009.min_sessions", "connections", 3, 2, 2, 1, 1000,
	"ours: one reset may have any cause",
	"minimum number of connections of a site that were refused")

var tls009 = &audit.Rule{
	ID: "WXA-TLS-009", Title: "TLS media without SNI is refused on the way", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "A box between client and media node ends TLS connections that carry no server name.",
		Why: "Media over TLS names no server: a firewall or proxy that demands a name breaks the last way that " +
			"media has.",
		Trigger: "At least min_sessions TLS connections of a site to media nodes without SNI are answered by a " +
			"reset or an alert that cannot be the node's: it comes faster than half the round trip of the " +
			"handshake, or from at least three routers nearer than the node's SYN-ACK, from a stack with the " +
			"same initial TTL. One of the two is probable, both in one connection are proof. Or they open, " +
			"and the hello is not answered for at least WXA-SIG-010.min_seconds, while none of the site " +
			"is answered: probable.",
		LookAlikes: "A node that ends a connection itself does it from its own distance. A load balancer in front " +
			"of it may have another stack, whose packets begin with another TTL: that is no nearer box. A box that " +
			"answers the SYN too looks like the node: see WXA-PRX-006.",
		Verify: "Wireshark: `tls.handshake.type == 1 && !tls.handshake.extensions_server_name`, then ip.ttl of the " +
			"reset against that of the SYN-ACK.",
	},
	Remediation: "Do not demand SNI for the media subnets, and exempt them from inspection.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: TLS media has no SNI"},
	Rows:        []string{"names", "prefixes"},
	Needs:       []string{"flow of TLS media with tcp", "tls_session", "the connection from its SYN"},
	Thresholds:  []*audit.Limit{silentSeconds, namelessSessions},
	Judge: audit.PerTLS{
		Of: wording.Noun{One: "TLS connection without SNI to a media node",
			Many: "TLS connections without SNI to media nodes"},
		Pass: wording.New("tls009.pass", "none is refused on the way"),
		Applies: func(_ *audit.Env, t *observe.TLS) bool {
			f := t.Flow
			media := f.Function.IsMedia() || f.Function == record.ReachProbe
			return media && f.Transport == record.TLS && t.SNI == "" && (t.JA3 != "" || t.JA4 != "") && f.TCP != nil
		},
		Lacks: func(e *audit.Env, t *observe.TLS) (missing wording.Text) {
			if _, _, known := refusal(e, t); !known {
				missing = wording.New("tls009.missing",
					"SYN, SYN-ACK and the answer to the hello: capture connections from their beginning, in both "+
						"directions")
			}
			return missing
		},
		Breaks: func(e *audit.Env, t *observe.TLS, g *audit.Group) bool {
			how, _, _ := refusal(e, t)
			if how == "" {
				return false
			}
			g.Host(t.Flow.Server().Addr().String())
			g.Hows.Add(how, 1)
			return true
		},
		Confidence: func(e *audit.Env, t *observe.TLS) record.Confidence {
			_, conf, _ := refusal(e, t)
			return conf
		},
		Subject: func(_ *audit.Env, t *observe.TLS) record.Subject { return t.Flow.Subject },
		Cite:    audit.Citation{Kind: "transaction", Keys: []string{"syn-ack", "client-hello", "rst", "alert"}},
		Enough:  namelessSessions,
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			answered := g.Judged > g.Count
			return audit.Verdict{
				State: record.Fail,
				Summary: wording.New("tls009.fail", "%s of %s in %s to %s refused on the way",
					wording.Count(g.Count, "TLS connection without SNI", "TLS connections without SNI"), clients(g),
					subject(g),
					wording.Count(g.Hosts.Len(), "media node", "media nodes")),
				Expected: wording.New("tls009.expected", "the media node answers the hello"),
				Actual:   wording.New("tls009.actual", "%s", howOften(g)),
			}, !answered || g.Hows.Count(noAnswer) < g.Count
		},
	},
}

// noAnswer is how a box refuses that lets the connection open and drops the hello.
const noAnswer = "no answer to the hello"

// nearer is by how many routers a box must be nearer than the server.
const nearer = 3

// refusal says how something nearer than the server refused the hello. "" with known: the server itself did, or it
// answered.
func refusal(e *audit.Env, t *observe.TLS) (how string, conf record.Confidence, known bool) {
	if t.TLSVersion != "" {
		return "", "", true
	}
	f := t.Flow
	_, down := directions(f.Flow)
	key, what, signs := "", "", []string(nil)
	switch {
	case f.TCP.ResetBy == down:
		key, what = "rst", "reset"
		if near, seen := resetNearer(f, down); seen {
			known = true
			if near {
				signs = append(signs, "nearer")
			}
		}
	case slices.ContainsFunc(t.Alerts, func(a string) bool { return strings.HasPrefix(a, down+" ") }):
		key, what = "alert", "alert"
	case unansweredHello(e, f):
		return noAnswer, record.Probable, true
	default:
		return "", "", false
	}
	asked, answered := f.KeyTime("client-hello"), f.KeyTime(key)
	if rtt := f.TCP.FarRTTMs; rtt != nil && asked != 0 && answered > asked {
		known = true
		if answered.Sub(asked).Seconds()*1000 < *rtt/2 {
			signs = append(signs, "too early")
		}
	}
	switch len(signs) {
	case 0:
		return "", "", known
	case 1:
		return what + " " + signs[0], record.Probable, true
	}
	return what + " " + strings.Join(signs, " and "), record.Confirmed, true
}

// resetNearer reports whether the reset came from something nearer than the server, of the same kind of stack, and
// whether that can be told: both showed their TTL.
func resetNearer(f *observe.Flow, down string) (near, seen bool) {
	ttl := f.TTLRev
	if down == "fwd" {
		ttl = f.TTLFwd
	}
	ofReset, ok := record.Hops(f.TCP.ResetTTL)
	server, known := record.Hops(ttl)
	if !ok || !known || !f.TCP.SYNACK {
		return false, false
	}
	return record.InitialTTL(f.TCP.ResetTTL) == record.InitialTTL(ttl) && ofReset+nearer <= server, true
}
