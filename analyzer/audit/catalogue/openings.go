package catalogue

import (
	"fmt"
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var connectionNoun = wording.Noun{One: "connection", Many: "connections"}

// openings gather what became of the TCP connections to ports that ought to be open: of a group, Seen are all, Judged
// those that opened, Count and Hows those that did not.
type openings struct {
	env *audit.Env
	of  audit.Groups
}

var openingCitation = audit.Citation{Kind: "absence", Keys: []string{"syn", "rst", "icmp-error"}, Fields: tcpFields}

func newOpenings(e *audit.Env) openings { return openings{e, audit.NewGroups(&openingCitation)} }

// add counts a connection for a subject and returns its group.
func (o *openings) add(f *observe.Flow, s record.Subject) *audit.Group {
	g := o.of.At(s)
	g.Seen += f.Count()
	failed, opened := opening(o.env, f)
	if opened {
		g.Judged++
	}
	if failed != "" {
		g.Count += f.Count()
		g.Hows.Add(failed, f.Count())
		g.Flow(o.env, f, &openingCitation)
	}
	return g
}

// closed are the groups where nothing opened although enough connections were tried.
func (o *openings) closed(tries float64, out *audit.Outcome) (list []*audit.Group) {
	for g := range o.of.All {
		out.Seen += g.Seen
		out.Judged += g.Judged
		if g.Judged > 0 || g.Count == 0 || float64(g.Count) < tries {
			continue
		}
		g.Raise(record.Probable)
		if g.Hows.Count(silentSYN) < g.Count || float64(g.Count) >= 2*tries {
			g.Raise(record.Confirmed)
		}
		list = append(list, g)
	}
	return list
}

const silentSYN = "silence"

// opening is what became of a TCP connection: how it failed, or whether it opened; neither where it cannot be judged. A
// SYN that is repeated, with nothing sent after it, got no answer, whatever the capture shows of the other direction.
func opening(e *audit.Env, f *observe.Flow) (failed string, opened bool) {
	switch t := f.TCP; {
	case t == nil || t.SYN == 0:
		return "", f.PayloadBytesFwd > 0 && f.PayloadBytesRev > 0
	case t.SYNACK:
		return "", true
	case t.ResetBy == "rev":
		return "reset", false
	case observe.Refused(f.Flow):
		return "refused by ICMP", false
	case f.PacketsRev == 0 && f.Settled(e.Value(settle)) && (f.Sees || f.SeesSrc || t.SYN > 1 && f.PacketsFwd == t.SYN):
		return silentSYN, false
	}
	return "", false
}

func tcpFields(f *observe.Flow) map[string]string {
	m := map[string]string{"syn": strconv.FormatInt(f.TCP.SYN, 10)}
	if f.TCP.ResetTTL != nil {
		m["reset_ttl"] = strconv.Itoa(*f.TCP.ResetTTL)
	}
	return m
}

// ends is the subject of a finding about two machines.
func ends(f *observe.Flow) record.Subject {
	return record.Subject{Kind: "pair", Key: fmt.Sprintf("%s to %s", f.From, f.Server().Addr())}
}

// opens is a rule about connections that ought to open.
type opens struct {
	of      wording.Noun
	pass    wording.Text
	missing wording.Text
	tries   *audit.Limit
	subject func(*audit.Env, *observe.Flow) (record.Subject, bool) // false: the rule does not speak of it
	also    func(*observe.Flow, *audit.Group)                      // what else to remember; may be nil
	report  func(*audit.Scope, *audit.Group, *openings) audit.Verdict
}

// Begin implements audit.Judge.
func (r opens) Begin(e *audit.Env) audit.Fold { return &opensFold{newOpenings(e), r} }

type opensFold struct {
	openings
	rule opens
}

// Add implements audit.Fold.
func (o *opensFold) Add(f *observe.Flow) {
	if f.Proto != "tcp" {
		return
	}
	s, ok := o.rule.subject(o.env, f)
	if !ok {
		return
	}
	if g := o.add(f, s); o.rule.also != nil {
		o.rule.also(f, g)
	}
}

// Merge implements audit.Fold.
func (o *opensFold) Merge(other audit.Fold) { o.of.Merge(&other.(*opensFold).of) }

// Close implements audit.Fold.
func (o *opensFold) Close(s *audit.Scope) {
	out := audit.Outcome{Of: o.rule.of, Pass: o.rule.pass, Missing: o.rule.missing}
	for _, g := range o.closed(s.Value(o.rule.tries), &out) {
		s.Report(g, o.rule.report(s, g, &o.openings))
	}
	s.Conclude(out)
}
