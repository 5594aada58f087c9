package catalogue

import (
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	resolverFailed = audit.NewLimit("WXA-SIG-002.max_failed_percent", "%", 20, 5, 1, 0, 100, "ours",
		"share of questions with SERVFAIL or without answer")
	resolverMs = audit.NewLimit("WXA-SIG-002.max_ms", "ms", 1000, 500, 200, 1, 60_000,
		"ours: clients repeat a question after about a second",
		"delay of an answer from which it is slow")
	resolverSlow = audit.NewLimit("WXA-SIG-002.max_slow_percent", "%", 10, 5, 5, 0, 100,
		"ours: what is not in the cache is slower",
		"share of answers that may be slow")
	resolverQuestions = audit.NewLimit("WXA-SIG-002.min_questions", "questions", 50, 20, 10, 1, 1e6,
		"ours: single questions prove nothing",
		"minimum number of questions for Webex names to one resolver")
)

var sig002 = &audit.Rule{
	ID: "WXA-SIG-002", Title: "Name service slow or failing", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A resolver answers questions for Webex names late, with an error of its own, or not at all.",
		Why: "Every sign-in, join and reconnect begins with names: a slow resolver delays all of them, a failing " +
			"one makes them fail now and then.",
		Trigger: "Of at least min_questions questions of a resolver's clients for Webex names, more than " +
			"max_failed_percent got SERVFAIL or no answer, or the slowest max_slow_percent of the answers took " +
			"max_ms or longer.",
		LookAlikes: "NXDOMAIN and REFUSED are answers: WXA-SIG-001 judges them. Questions in the last seconds of " +
			"the capture, and of clients of whom only one direction is visible, do not count as unanswered. Answers " +
			"to names that the resolver has to look up elsewhere are slower than those in its cache: hence the " +
			"share.",
		Verify: "Wireshark: `dns.time > 0.5`; `dns.flags.response == 0 && !dns.response_in` for questions without " +
			"an answer; `dns.flags.rcode == 2`.",
	},
	Remediation: "Look at the resolver's load and its way to its forwarders; give clients a resolver nearby.",
	Refs:        []string{"RFC 1035 section 4.1.1", "RFC 8767"},
	Needs:       []string{"flow with lookups", "both directions"},
	Thresholds:  []*audit.Limit{settle, resolverFailed, resolverMs, resolverSlow, resolverQuestions},
	Reads:       audit.ReadLookups,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &resolvers{env: e, groups: audit.NewGroups(&nameCitation)}
	}),
}

// resolvers gather the questions that each server was asked.
type resolvers struct {
	env    *audit.Env
	groups audit.Groups
}

// Sums of a resolver.
const (
	asked      = "asked"
	unanswered = "unanswered"
	servfail   = "SERVFAIL"
)

// Add implements audit.Fold.
func (r *resolvers) Add(f *observe.Flow) {
	g := r.groups.At(record.Subject{Kind: "resolver", Key: f.Server().Addr().String()})
	for i := range f.Lookups {
		r.question(g, f, &f.Lookups[i])
	}
}

func (r *resolvers) question(g *audit.Group, f *observe.Flow, l *record.Lookup) {
	bad := false
	left := f.Left - l.Time.Sub(f.StartTime)
	switch {
	case l.Packet == 0 || l.Service == record.ThirdParty: // the question was not captured, or is not for Webex
		return
	case l.RCode == "" && (left.Seconds() < r.env.Value(settle) || !f.Sees):
		return
	case l.RCode == "":
		g.Sum(unanswered, 1)
		bad = true
	case strings.EqualFold(l.RCode, "SERVFAIL"):
		g.Sum(servfail, 1)
		bad = true
	case l.DelayMs != nil:
		g.Samples.Add(*l.DelayMs)
		bad = *l.DelayMs >= r.env.Value(resolverMs)
	}
	g.Sum(asked, 1)
	g.Clients.Add(f.From)
	g.Span(l.Time, l.Time)
	if bad {
		g.Flow(r.env, f, &nameCitation)
		g.Count++
		g.Host(l.Name)
	}
}

// Merge implements audit.Fold.
func (r *resolvers) Merge(o audit.Fold) { r.groups.Merge(&o.(*resolvers).groups) }

// Close implements audit.Fold.
func (r *resolvers) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "question for a Webex name", Many: "questions for Webex names"},
		Pass: wording.New("sig002.pass", "names are answered in time"),
		Missing: wording.New("sig002.few", "at least %s to one resolver, with both directions",
			wording.Count(int64(s.Value(resolverQuestions)), "question", "questions")),
	}
	for g := range r.groups.All {
		questions := g.Sums[asked]
		o.Seen += questions
		if float64(questions) < s.Value(resolverQuestions) {
			continue
		}
		o.Judged += questions
		slowest := g.Samples.At(int64(float64(g.Samples.Len()) * (1 - s.Value(resolverSlow)/100)))
		if percent(g.Sums[unanswered]+g.Sums[servfail],
			questions) <= s.Value(resolverFailed) && slowest < s.Value(resolverMs) {
			continue
		}
		g.Raise(record.Confirmed)
		what := wording.New("sig002.actual", "%d without answer, %d SERVFAIL; %s of the answers take %s or longer",
			g.Sums[unanswered],
			g.Sums[servfail], wording.Percent(s.Value(resolverSlow)), milliseconds(slowest))
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("sig002.fail", "%s: of %s of %s for Webex names %s", subject(g),
				wording.Count(questions, "question", "questions"), clients(g), what),
			Expected: wording.New("sig002.expected", "at most %s without result, and less than %s",
				wording.Percent(s.Value(resolverFailed)),
				milliseconds(s.Value(resolverMs))),
			Actual: what,
		})
	}
	s.Conclude(o)
}
