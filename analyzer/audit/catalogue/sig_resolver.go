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
	ID: "WXA-SIG-002", Title: "Name service slow or failing", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "A resolver answers questions for Webex names late, with an error of its own, or not at all.",
		Why: "Every sign-in, join and reconnect begins with names: a slow resolver delays all of them, a failing " +
			"one makes them fail now and then.",
		Trigger: "Of at least min_questions questions of a resolver's clients for Webex names, more than " +
			"max_failed_percent of those for one type of records got SERVFAIL or no answer, or the slowest " +
			"max_slow_percent took max_ms or longer. Where only questions for AAAA fail, Webex works over IPv4: " +
			"a warning of low severity.",
		LookAlikes: "NXDOMAIN and REFUSED are answers: WXA-SIG-001 judges them. Questions in the last seconds of " +
			"the capture, and of clients of whom only one direction is visible, do not count as unanswered. Answers " +
			"to names that the resolver has to look up elsewhere are slower than those in its cache: hence the " +
			"share.",
		Verify: "Wireshark: `dns.time > 0.5`; `dns.flags.response == 0 && !dns.response_in` for questions without " +
			"an answer; `dns.flags.rcode == 2`, with dns.qry.type as a column.",
	},
	Remediation: "Look at the resolver's load and its way to its forwarders; give clients a resolver nearby.",
	Refs:        []string{"RFC 1035 section 4.1.1", "RFC 8767"},
	Rows:        []string{"names"},
	Needs:       []string{"flow with lookups", "both directions"},
	Thresholds:  []*audit.Limit{settle, resolverFailed, resolverMs, resolverSlow, resolverQuestions},
	Reads:       audit.ReadLookups,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &resolvers{env: e, names: audit.NewGroups(&nameCitation), aaaa: audit.NewGroups(&nameCitation)}
	}),
}

// resolvers gather the questions that each server was asked: those for AAAA records, and all others.
type resolvers struct {
	env         *audit.Env
	names, aaaa audit.Groups
}

// Sums of a resolver.
const (
	asked      = "asked"
	unanswered = "unanswered"
	servfail   = "SERVFAIL"
)

// Add implements audit.Fold.
func (r *resolvers) Add(f *observe.Flow) {
	resolver := record.Subject{Kind: "resolver", Key: f.Server().Addr().String()}
	names, aaaa := r.names.At(resolver), r.aaaa.At(resolver)
	for i := range f.Lookups {
		if l := &f.Lookups[i]; l.QType == "AAAA" {
			r.question(aaaa, f, l)
		} else {
			r.question(names, f, l)
		}
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
func (r *resolvers) Merge(o audit.Fold) {
	r.names.Merge(&o.(*resolvers).names)
	r.aaaa.Merge(&o.(*resolvers).aaaa)
}

// Close implements audit.Fold.
func (r *resolvers) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "question for a Webex name", Many: "questions for Webex names"},
		Pass: wording.New("sig002.pass", "names are answered in time"),
		Missing: wording.New("sig002.few", "at least %s to one resolver, with both directions",
			wording.Count(int64(s.Value(resolverQuestions)), "question", "questions")),
	}
	for g := range r.names.All {
		aaaa := r.aaaa.At(g.Subject)
		all := g.Sums[asked] + aaaa.Sums[asked]
		o.Seen += all
		if float64(all) < s.Value(resolverQuestions) {
			continue
		}
		for _, x := range []*audit.Group{g, aaaa} {
			if float64(2*x.Sums[asked]) < s.Value(resolverQuestions) {
				continue
			}
			o.Judged += x.Sums[asked]
			if reportResolver(s, x, x == aaaa) {
				break
			}
		}
	}
	s.Conclude(o)
}

// reportResolver reports a resolver that fails or is slow for one type of questions.
func reportResolver(s *audit.Scope, g *audit.Group, aaaa bool) bool {
	questions, silent, failed := g.Sums[asked], g.Sums[unanswered], g.Sums[servfail]
	slowest := g.Samples.At(int64(float64(g.Samples.Len()) * (1 - s.Value(resolverSlow)/100)))
	slow := slowest >= s.Value(resolverMs)
	if percent(silent+failed, questions) <= s.Value(resolverFailed) && !slow {
		return false
	}
	g.Raise(record.Confirmed)
	var what []wording.Text
	if silent > 0 {
		what = append(what, wording.New("sig002.silent", "%d without answer", silent))
	}
	if failed > 0 {
		what = append(what, wording.New("sig002.servfail", "%d SERVFAIL", failed))
	}
	if slow {
		what = append(what, wording.New("sig002.slow", "%s of the answers take %s or longer",
			wording.Percent(s.Value(resolverSlow)),
			milliseconds(slowest)))
	}
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("sig002.fail", "%s: of %s of %s for Webex names: %s", subject(g),
			wording.Count(questions, "question", "questions"), clients(g), wording.List(what)),
		Expected: wording.New("sig002.expected", "at most %s without result, and less than %s",
			wording.Percent(s.Value(resolverFailed)),
			milliseconds(s.Value(resolverMs))),
		Actual: wording.New("sig002.actual", "%s", wording.List(what)),
	}
	if aaaa {
		v.State, v.Severity = record.Warn, record.Low
		v.Summary = wording.New("sig002.aaaa", "%s: of %s of %s for IPv6 addresses (AAAA) of Webex names: %s; IPv4 "+
			"addresses (A) are answered",
			subject(g), wording.Count(questions, "question", "questions"), clients(g), wording.List(what))
		v.Remediation = wording.New("sig002.aaaa.remedy", "Let the resolver answer AAAA questions with the records "+
			"or with none (NOERROR), not with "+
			"an error: some clients wait for both answers.")
	}
	s.Report(g, v)
	return true
}
