package audit

import (
	"cmp"
	"fmt"
	"time"

	"webexaudit/analyzer/record"
)

var med006 = &Rule{
	ID: "WXA-MED-006", Title: "UDP starts, then dies", Severity: record.High,
	Doc: Doc{
		What:       "Media nodes answer over UDP, but the media itself gets nothing back, or no longer, and the call goes on over TCP or TLS.",
		Why:        "Connectivity checks pass and the call still falls back: a device on the way lets STUN through and drops what follows, or ends the UDP session while it is in use. Users hear a break and then the quality of TCP.",
		Trigger:    "A UDP flow of a call whose STUN was answered and on which the client sent min_sent or more packets beside STUN, with at most max_packets back, or with nothing back for the last min_seconds while the client sent on; and the client's media over TCP or TLS begins afterwards and lasts WXA-MED-001.min_seconds.",
		LookAlikes: "UDP without any answer is WXA-MED-004's. A call that never leaves UDP, silent or not, is WXA-MED-010's. A client that ends UDP itself stops sending when the node does. Where only one direction is visible nothing is judged.",
		Verify:     "Wireshark: `ip.addr == CLIENT && ip.addr == NODE && udp`: STUN answers at its beginning, then packets of the client only; then the conversation on 5004 or 443 over TCP.",
	},
	Remediation: "Look at the firewall's session and application rules for UDP (DPI, DoS protection, session time-out) towards the media subnets.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media transport order", "RFC 7675 (consent freshness)"},
	Needs:       []string{"session", "flow with stun", "media_stream", "both directions"},
	Limits:      []string{"WXA-MED-001.min_seconds", "WXA-MED-006.max_packets", "WXA-MED-006.min_seconds", "WXA-MED-006.min_sent"},
	Check:       udpDies,
}

// sessions of the run by start.
func (f *facts) sessions() []*record.Session {
	return sorted(f.set.Sessions, func(a, b *record.Session) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.SessionID, b.SessionID))
	})
}

// overTCP reports whether the transport is one that the client falls back to.
func overTCP(t record.Transport) bool {
	return t == record.TCP || t == record.TLS || t == record.TLSProxied
}

// fellBack is when the session's media began over TCP or TLS for good, or 0.
func (p *Pass) fellBack(s *record.Session) record.Time {
	var seconds float64
	var from record.Time
	for _, t := range s.Transports {
		if overTCP(t.Transport) {
			if from == 0 {
				from = t.StartTime
			}
			seconds += t.Seconds
		}
	}
	if !overTCP(s.Transport) || seconds < p.limit("WXA-MED-001.min_seconds") {
		return 0
	}
	return from
}

// death is how a UDP flow of media ended while the client still sent: what came back beside STUN, and for how long nothing did.
func (p *Pass) death(f *record.Flow) (down int64, quiet time.Duration, dead bool) {
	if f.Proto != "udp" || f.STUN == nil || f.STUN.Answered == 0 {
		return 0, 0, false
	}
	up := f.Up().Packets - f.STUN.Requests - f.STUN.Retries
	down = max(f.Down().Packets-f.STUN.Answered, 0)
	heard, sent := f.STUN.LastAnswer, record.Time(0)
	for _, m := range p.streamsOf[f.FlowID] {
		if m.Upstream {
			sent = max(sent, m.EndTime)
		} else {
			heard = max(heard, m.EndTime)
		}
	}
	if sent == 0 {
		sent = f.EndTime
	}
	quiet = sent.Sub(heard)
	never := float64(down) <= p.limit("max_packets")
	ended := !heard.IsZero() && quiet.Seconds() >= p.limit("min_seconds")
	return down, quiet, float64(up) >= p.limit("min_sent") && (never || ended)
}

// lately is how long before the fallback a UDP flow may have ended to belong to it.
const lately = 2 * time.Minute

func udpDies(p *Pass) {
	o := outcome{unit: "session with UDP answered", pass: "media stays on UDP, or left it for another reason", missing: "both directions of the client's traffic",
		absent: "no session of media to nodes that answered over UDP"}
	list := causes{}
	for _, s := range p.sessions() {
		if s.UDP == nil || s.UDP.Answered == 0 || s.Transport == record.None {
			continue
		}
		o.seen++
		if !p.sees(s.Client) {
			continue
		}
		o.judged++
		from := p.fellBack(s)
		if from == 0 {
			continue
		}
		dead := false
		for _, id := range s.FlowIDs {
			f := p.flowOf[id]
			if f == nil || f.StartTime > from || from.Sub(f.EndTime) > lately {
				continue
			}
			if down, quiet, d := p.death(f); d {
				c := list.at(p.subject(s.Client))
				dead = true
				c.flow(f)
				c.host(f.Server().String())
				c.n["packets"] = max(c.n["packets"], down)
				c.n["quiet"] = max(c.n["quiet"], int64(quiet.Seconds()))
			}
		}
		if dead {
			list.at(p.subject(s.Client)).count++
		}
	}
	for c := range list.each {
		c.sure(record.Probable)
		if c.count > 1 {
			c.sure(record.Confirmed)
		}
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("UDP of %s of %s in %s was answered, then died (at most %s from the cloud, up to %d s of silence while the client sent on), and media went over TCP or TLS",
				count(c.count, "session"), count(len(c.clients), "client"), where(c.subject), count(c.n["packets"], "packet"), c.n["quiet"]),
			expected: "media over UDP for the whole call", actual: fmt.Sprintf("silence for up to %d s, then TCP or TLS", c.n["quiet"]),
			evidence: p.cite("packet-range", c.largest(), deathFields)})
	}
	p.conclude(o)
}

func deathFields(f *record.Flow) map[string]string {
	return map[string]string{"packets_from_client": fmt.Sprint(f.Up().Packets), "packets_to_client": fmt.Sprint(f.Down().Packets),
		"stun_answers": fmt.Sprint(f.STUN.Answered), "last_stun_answer": f.STUN.LastAnswer.String()}
}
