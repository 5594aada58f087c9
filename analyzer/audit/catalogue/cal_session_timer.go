package catalogue

import (
	"cmp"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	timerEarly = audit.NewLimit("WXA-CAL-009.before_seconds", "s", 32, 32, 32, 0, 600,
		"published: RFC 4028 section 10: the end comes 32 s, or a third of the interval, before it runs out",
		"how long before its session timer runs out a call is ended at the earliest; a third of the interval where "+
			"that is less")
	timerMargin = audit.NewLimit("WXA-CAL-009.margin_seconds", "s", 2, 2, 2, 0, 60,
		"ours: the ends of a call count from their own answer, with their own clock",
		"by how much the end of a call may miss that time")
)

var cal009 = &audit.Rule{
	ID: "WXA-CAL-009", Title: "Session of a call ended by its timer", Severity: record.Medium,
	Plain: "nobody refreshed the session timer of the call",
	Doc: audit.Doc{
		What: "A call was ended because nobody refreshed its session timer in time.",
		Why: "People lose a call in the middle of a sentence, always after the same time (half an hour, a quarter, " +
			"three minutes): one end waits for a re-INVITE or UPDATE that never came, or never got through.",
		Trigger: "SIP in clear of a Webex flow, or of a host with a declared role, agreed on a session timer " +
			"(Session-Expires); no refresh was accepted after that or after the last one; and the BYE came when the " +
			"timer ends the call: from before_seconds (or a third of the interval) before it runs out until it runs " +
			"out, give or take margin_seconds. A BYE from the end that should have refreshed is possible, any other " +
			"is probable, two such calls of a site are confirmed.",
		LookAlikes: "Somebody hangs up at another time: silent. A call without Session-Expires has no timer. A call " +
			"whose end is not in the capture is not judged, and neither is SIP inside TLS. Refreshes that take " +
			"another connection are found by their Call-ID where the capture has it.",
		Verify: "Wireshark: `sip.Call-ID == \"ID\"`, column sip.Session-Expires; the time from the last 200 to INVITE " +
			"or UPDATE to the BYE.",
	},
	Remediation: "Look at the end that has to refresh (refresher= in Session-Expires): its session timers must be on, " +
		"and its re-INVITE or UPDATE must get through SIP ALG, firewall and session border controller, which has " +
		"to allow UPDATE and requests within a call in both directions.",
	Refs:       []string{"RFC 4028 sections 7.2, 9 and 10"},
	Rows:       []string{"names", "prefixes"},
	Needs:      []string{"flow with sip in clear and its timers, from the answer to the BYE"},
	Thresholds: []*audit.Limit{timerEarly, timerMargin},
	Reads:      audit.ReadAll,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &timedCalls{e, audit.NewTable(maxTimedCalls, cmp.Compare[string], func(string) *timedCall {
			return &timedCall{}
		}, (*timedCall).merge)}
	}),
}

// maxTimedCalls is of how many calls the session timer is kept.
const maxTimedCalls = 20_000

var timerCitation = audit.Citation{Kind: "transaction", Keys: []string{"sip-request", "sip-answer"},
	Fields: func(f *observe.Flow) map[string]string {
		return map[string]string{"call_id": f.SIP.CallID}
	}}

// timedCalls remember the calls with a session timer by their Call-ID: the parts of one may be in several flows.
type timedCalls struct {
	env *audit.Env
	of  audit.Table[string, timedCall]
}

// timedCall is what the flows of one call say of its timer.
type timedCall struct {
	flows       *audit.Group
	first, last record.Time // when it was agreed on first, and agreed on or refreshed last
	expires     int         // seconds, as of then
	ended       record.Time // of the first BYE, zero without one
	refresher   bool        // the BYE came from the end that has to refresh
}

// Add implements audit.Fold.
func (r *timedCalls) Add(f *observe.Flow) {
	if f.SIP == nil || !f.Webex && f.ClientRole == "" && f.ServerRole == "" {
		return
	}
	for i := range f.SIP.Timers {
		t := &f.SIP.Timers[i]
		one := timedCall{flows: r.env.NewPart(f.Subject), first: t.Agreed, last: max(t.Agreed, t.LastRefresh),
			expires: t.ExpiresS, ended: t.Ended, refresher: t.Refresher != "" && t.EndedBy == t.Refresher}
		one.flows.Flow(r.env, f, &timerCitation)
		r.of.At(t.CallID).merge(&one)
	}
}

// merge joins two flows of a call; which is first changes nothing.
func (c *timedCall) merge(o *timedCall) {
	switch {
	case c.flows == nil:
		*c = *o
		return
	case o.flows == nil:
		return
	}
	if audit.BySubject(o.flows.Subject, c.flows.Subject) < 0 {
		c.flows.Subject = o.flows.Subject
	}
	c.flows.Merge(o.flows, &timerCitation)
	c.first = min(c.first, o.first)
	if o.last > c.last || o.last == c.last && o.expires > c.expires {
		c.last, c.expires = o.last, o.expires
	}
	switch {
	case o.ended.IsZero():
	case c.ended.IsZero() || o.ended < c.ended:
		c.ended, c.refresher = o.ended, o.refresher
	case o.ended == c.ended:
		c.refresher = c.refresher || o.refresher
	}
}

// sameAnswer is how far apart one answer is seen on the two legs of a call.
const sameAnswer = 5 * time.Second

// refreshed reports whether a refresh was accepted.
func (c *timedCall) refreshed() bool { return c.last.Sub(c.first) > sameAnswer }

// runOut reports whether the call was ended by its timer.
func (c *timedCall) runOut(e *audit.Env) bool {
	if c.ended.IsZero() || c.expires <= 0 {
		return false
	}
	lasted, whole := c.ended.Sub(c.last).Seconds(), float64(c.expires)
	early, margin := min(e.Value(timerEarly), whole/3), e.Value(timerMargin)
	return lasted >= whole-early-margin && lasted <= whole+margin
}

// Merge implements audit.Fold.
func (r *timedCalls) Merge(o audit.Fold) { r.of.Merge(&o.(*timedCalls).of) }

// Close implements audit.Fold.
func (r *timedCalls) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "call with a session timer", Many: "calls with session timers"},
		Pass: wording.New("cal009.pass", "calls are refreshed in time, or end before their timer"),
		Missing: wording.New("cal009.missing", "the BYE or a refresh of the calls: capture for longer than their "+
			"session timer")}
	groups := audit.NewGroups(&timerCitation)
	for _, c := range r.of.All {
		o.Seen++
		if c.ended.IsZero() && !c.refreshed() {
			continue
		}
		o.Judged++
		if !c.runOut(r.env) {
			continue
		}
		g := groups.At(c.flows.Subject)
		g.Join(c.flows, &timerCitation)
		g.Count++
		g.Extreme("timer", float64(c.expires), wording.Text{})
		g.Extreme("after", c.ended.Sub(c.last).Seconds(), wording.Text{})
		if !c.refresher {
			g.Sum("waited", 1)
		}
	}
	for g := range groups.All {
		s.Report(g, timerVerdict(g))
	}
	s.Conclude(o)
}

func timerVerdict(g *audit.Group) audit.Verdict {
	v := audit.Verdict{State: record.Fail, Confidence: record.Probable,
		Summary: wording.New("cal009.fail", "%s of %s in %s ended by the session timer: %s after it was agreed on or "+
			"refreshed last, with a timer of %s",
			wording.Count(g.Count, "call", "calls"), clients(g), subject(g), wording.Seconds(g.Worst["after"].Value),
			wording.Seconds(g.Worst["timer"].Value)),
		Expected: wording.New("cal009.expected", "a refresh (re-INVITE or UPDATE) before the timer runs out"),
		Actual:   wording.New("cal009.actual", "none, and a BYE when it ran out")}
	switch n := g.Sums["waited"]; {
	case n > 1:
		v.Confidence = record.Confirmed
	case n == 0:
		v.State, v.Confidence = record.Warn, record.Possible
	}
	return v
}
