package audit

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Where to capture what is missing.
var (
	captureAgain = wording.New("answer.capture-again", "Capture a call of half a minute or more, from before it is "+
		"joined: at the switch port of the client, or inside the firewall.")
	captureBoth = wording.New("answer.capture-both", "Capture one call of half a minute or more at both points at the same "+
		"time.")
	captureCall = wording.New("answer.capture-call", "If there was a call: capture at the switch port of the client, "+
		"or inside the firewall, and begin before the call is joined.")
	captureComplaint = wording.New("answer.capture-complaint", "If a user still complains: capture again during the "+
		"complaint, or on the far side.")
)

// answerOf says what a run found, in one or two sentences, and what to do: whose call, when, what became of it, and
// why, by the first accusation that follows from no other. Without one it says what can be said.
func answerOf(set *record.Set, findings []*record.Finding, s *record.Summary, o Options) (answer, do wording.Text) {
	a := answerer{set: set, findings: findings, o: o, dated: days(set)}
	if root := a.first(func(f *record.Finding) bool { return !f.AboutCapture() }); root != nil {
		return a.accusation(root), instruction(root)
	}
	answer, do = a.nothingWrong(s)
	fault := a.first(func(f *record.Finding) bool {
		return f.AboutCapture() && f.Severity.Rank() >= record.Medium.Rank()
	})
	if fault != nil && s.Verdict != record.NotObserved {
		if s.Verdict != record.NotEnough || fault.Summary != s.Missing {
			answer = wording.New("answer.capture-fault", "%s The capture itself has a fault: %s.", answer, said(fault))
		}
		do = instruction(fault)
	}
	return answer, do
}

// answerer makes the answer of one run.
type answerer struct {
	set      *record.Set
	findings []*record.Finding
	o        Options
	dated    bool // times need their day
}

// days reports whether the capture covers more than one day.
func days(set *record.Set) bool {
	day := ""
	for _, h := range set.Health {
		for _, t := range []record.Time{h.StartTime, h.EndTime} {
			switch d := t.Time().Format(time.DateOnly); {
			case t.IsZero() || d == day:
			case day != "":
				return true
			default:
				day = d
			}
		}
	}
	return false
}

// first is the first accusation of a kind that follows from no other and is no mere remark.
func (a answerer) first(kind func(*record.Finding) bool) *record.Finding {
	i := slices.IndexFunc(a.findings, func(f *record.Finding) bool {
		return accuses(f) && kind(f) && !follows(f, a.findings) && (f.State == record.Fail || f.Severity != record.Info)
	})
	if i < 0 {
		return nil
	}
	return a.findings[i]
}

func instruction(f *record.Finding) wording.Text {
	if !f.Messages.Remediation.IsZero() {
		return f.Messages.Remediation
	}
	return wording.New("answer.do", "%s", f.Remediation)
}

// said is the summary of a finding as data.
func said(f *record.Finding) wording.Text {
	if !f.Messages.Summary.IsZero() {
		return f.Messages.Summary
	}
	return wording.New("answer.summary", "%s", strings.TrimSuffix(cmp.Or(f.Summary, f.Title), "."))
}

// clause is what was wrong, in the words of the rule; a guess reads as one.
func (a answerer) clause(f *record.Finding) wording.Text {
	text := said(f)
	if plain := a.o.rule(f.Rule).Plain; plain != "" {
		actual := f.Messages.Actual
		if actual.IsZero() {
			actual = wording.New("answer.actual", "%s", f.Actual)
		}
		text = wording.Text{ID: "answer.plain", Format: plain}
		if strings.Contains(plain, "%s") {
			text.Args = []wording.Arg{wording.Nested(actual)}
		}
	}
	if f.Confidence == record.Possible {
		text = wording.New("answer.possibly", "possibly %s", text)
	}
	return text
}

// accusation tells the calls that a finding and what follows from it spoiled. Where there was none it tells whose
// traffic it was.
func (a answerer) accusation(root *record.Finding) wording.Text {
	calls := a.calls(root)
	if len(calls) == 0 {
		return a.withoutCalls(root)
	}
	who := a.whose(calls)
	switch what := effect(calls); {
	case what.IsZero():
		return wording.New("answer.in-call", "In %s (%s over UDP), %s.", who, total(calls), a.clause(root))
	case a.o.rule(root.Rule).Symptom:
		return wording.New("answer.symptom", "%s %s: %s.", who, what, reason(root))
	default:
		return wording.New("answer.because", "%s %s because %s.", who, what, a.clause(root))
	}
}

// reason is what the summary of a finding says last, where that is a sentence of its own.
func reason(f *record.Finding) wording.Text {
	text := said(f)
	if n := len(text.Args); n > 0 && text.Args[n-1].Text != nil {
		return *text.Args[n-1].Text
	}
	return text
}

func (a answerer) withoutCalls(root *record.Finding) wording.Text {
	what := a.clause(root)
	if root.FirstSeen.IsZero() {
		return wording.New("answer.fault", "In this capture: %s.", what)
	}
	since := a.clock(root.FirstSeen)
	switch n := len(root.Clients); {
	case n == 0:
		return wording.New("answer.since", "Since %s: %s.", since, what)
	case n <= 2:
		return wording.New("answer.of", "%s, since %s: %s.", addresses(root.Clients), since, what)
	default:
		return wording.New("answer.of-many", "%s, among them %s, since %s: %s.",
			wording.Count(root.AffectedClients, "client", "clients"), addresses(root.Clients[:1]), since, what)
	}
}

func addresses(list []string) wording.Arg {
	var args []wording.Arg
	for _, s := range list {
		if addr, err := netip.ParseAddr(s); err == nil {
			args = append(args, wording.Address(addr))
		} else {
			args = append(args, wording.Name(s))
		}
	}
	return wording.List(args)
}

// calls are those whose media a finding, or what follows from it, is about, by start; those that carried their media
// elsewhere than over UDP, or none, where there are such.
func (a answerer) calls(root *record.Finding) []*record.Session {
	flows := a.touched(root)
	var list, bad []*record.Session
	for _, s := range a.set.Sessions {
		about := func(id string) bool {
			media, ok := flows[id]
			return media || ok && silent(s)
		}
		if !slices.ContainsFunc(s.FlowIDs, about) {
			continue
		}
		list = append(list, s)
		if len(detours(s)) > 0 || silent(s) {
			bad = append(bad, s)
		}
	}
	if len(bad) > 0 {
		list = bad
	}
	return sorted(list, func(x, y *record.Session) int {
		return cmp.Or(cmp.Compare(x.StartTime, y.StartTime), cmp.Compare(x.SessionID, y.SessionID))
	})
}

// touched are the media flows of a finding and of what follows from it: true. Their other flows, which speak for a call
// without media alone, are false.
func (a answerer) touched(root *record.Finding) map[string]bool {
	if len(a.set.Sessions) == 0 {
		return nil
	}
	flows := map[string]bool{}
	for _, f := range a.findings {
		if f != root && (!accuses(f) || f.CausedBy != root.FindingID) {
			continue
		}
		for _, id := range f.FlowIDs {
			flows[id] = false
		}
	}
	for _, f := range a.set.EachWebex {
		if _, ok := flows[f.FlowID]; ok && f.Function.IsMedia() {
			flows[strings.Clone(f.FlowID)] = true
		}
	}
	return flows
}

func silent(s *record.Session) bool { return s.Transport == record.None }

func (a answerer) clock(t record.Time) wording.Arg { return wording.Clock(t.Time(), a.dated) }

// whose says whose call it was, and when: "10.20.1.15's call at 10:14:00 UTC".
func (a answerer) whose(calls []*record.Session) wording.Text {
	first, clients := calls[0], map[netip.Addr]bool{}
	for _, s := range calls {
		clients[s.Client] = true
	}
	switch {
	case len(calls) == 1:
		return wording.New("answer.call", "%s's call at %s", first.Client, a.clock(first.StartTime))
	case len(clients) == 1:
		return wording.New("answer.calls", "%s of %s, the first at %s,", wording.Count(len(calls), "call", "calls"),
			first.Client, a.clock(first.StartTime))
	}
	return wording.New("answer.calls-of", "%s of %s, the first that of %s at %s,",
		wording.Count(len(calls), "call", "calls"), wording.Count(len(clients), "client", "clients"), first.Client,
		a.clock(first.StartTime))
}

// total is how long calls lasted together.
func total(calls []*record.Session) wording.Arg {
	var sum time.Duration
	for _, s := range calls {
		sum += s.EndTime.Sub(s.StartTime)
	}
	return wording.Duration(sum)
}

// detours are a call's stretches elsewhere than over UDP.
func detours(s *record.Session) (list []record.SessionTransport) {
	for _, t := range s.Transports {
		if t.Transport != record.UDP && t.Transport != record.None {
			list = append(list, t)
		}
	}
	return list
}

// effect is what became of calls: which transport they ran over, and how long; or that they carried no media. Zero:
// they ran over UDP.
func effect(calls []*record.Session) wording.Text {
	var seconds, media float64
	var ways []wording.Text
	without := 0
	for _, s := range calls {
		if silent(s) {
			without++
		}
		for _, t := range s.Transports {
			media += t.Seconds
		}
		for _, t := range detours(s) {
			seconds += t.Seconds
			w := way(t.Transport, s.Proxy)
			if !slices.ContainsFunc(ways, func(x wording.Text) bool { return x.String() == w.String() }) {
				ways = append(ways, w)
			}
		}
	}
	switch {
	case without == len(calls):
		return wording.New("answer.silent", "carried no media")
	case len(ways) == 0:
		return wording.Text{}
	case media-seconds > 1:
		return wording.New("answer.ran-partly", "ran over %s for %s of %s", wording.List(ways),
			wording.Seconds(seconds), wording.Seconds(media))
	}
	return wording.New("answer.ran", "ran over %s for %s", wording.List(ways), wording.Seconds(seconds))
}

func way(t record.Transport, proxy string) wording.Text {
	switch {
	case t == record.TLSProxied && proxy != "":
		if at, err := netip.ParseAddrPort(proxy); err == nil {
			return wording.New("answer.proxy", "TLS through the proxy %s", at)
		}
		return wording.New("answer.proxy", "TLS through the proxy %s", wording.Name(proxy))
	case t == record.TLSProxied:
		return wording.New("answer.some-proxy", "TLS through a proxy")
	}
	return wording.New("answer.transport", "%s", strings.ToUpper(string(t)))
}

// nothingWrong is the answer of a run that accuses nobody.
func (a answerer) nothingWrong(s *record.Summary) (answer, do wording.Text) {
	packets := int64(0)
	for _, h := range a.set.Health {
		packets += h.Packets
	}
	switch {
	case packets == 0 && s.Flows == 0:
		return wording.New("answer.no-packets", "There was no packet to look at."), captureCall
	case s.Verdict == record.NotEnough && a.set.Comparison != nil:
		return wording.New("answer.not-compared", "The two capture points could not be compared: %s.", strings.TrimSuffix(s.Missing, ".")),
			captureBoth
	case s.Verdict == record.NotEnough:
		return wording.New("answer.not-enough", "Nothing wrong was seen, but too little could be judged: %s.",
			strings.TrimSuffix(s.Missing, ".")), captureAgain
	case a.set.Comparison != nil:
		return wording.New("answer.pass-points", "No fault was found between the two capture points: %s that both have were compared.",
			wording.Count(a.set.Comparison.Compared, "media stream", "media streams")), captureComplaint
	case s.WebexFlows == 0:
		return wording.New("answer.no-webex", "This capture holds no Webex traffic, so there is nothing to judge."),
			captureCall
	case len(a.set.Sessions) == 0:
		return wording.New("answer.pass", "No fault was found in what this capture can show; it holds no call."),
			captureComplaint
	case len(a.set.Sessions) == 1:
		c := a.set.Sessions[0]
		return wording.New("answer.pass-call", "No fault was found in what this capture can show: %s (%s).",
			a.whose(a.set.Sessions), wording.Duration(c.EndTime.Sub(c.StartTime))), captureComplaint
	}
	return wording.New("answer.pass-calls", "No fault was found in what this capture can show: %s.",
		wording.Count(len(a.set.Sessions), "call", "calls")), captureComplaint
}
