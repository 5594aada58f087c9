package anonymize

import (
	"cmp"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// own reports whether a rule is the operator's: its words are nobody's to publish.
func own(rule string) bool { return !strings.HasPrefix(rule, "WXA-") }

// finding maps the sentences of a finding: those that are data by their values, those of a shipped rule that are the
// same for all its findings not at all. Of a rule of the operator no text stays.
func (x *setMapper) finding(f *record.Finding) {
	for _, list := range [][]string{f.Clients, f.ClientSubnets, f.Sites} {
		slices.Sort(list)
	}
	if own(f.Rule) {
		prefix, rest, _ := strings.Cut(f.Rule, "-")
		f.Rule, f.RuleVersion = x.m.Word(prefix)+"-"+rest, x.ident(f.RuleVersion)
		f.Thresholds, f.Messages = nil, record.Messages{}
		f.Title, f.Summary, f.Remediation = "A rule of the operator", omitted, ""
		f.Expected, f.Actual, f.Missing = "", "", ""
		for i := range f.Evidence {
			f.Evidence[i].Fields = nil
		}
		return
	}
	x.later = append(x.later, func() {
		x.sentence(&f.Summary, &f.Messages.Summary)
		x.sentence(&f.Expected, &f.Messages.Expected)
		x.sentence(&f.Actual, &f.Messages.Actual)
		x.sentence(&f.Missing, &f.Messages.Missing)
		if !f.Messages.Remediation.IsZero() {
			x.sentence(&f.Remediation, &f.Messages.Remediation)
		}
	})
}

// session maps the sentences of a call.
func (x *setMapper) session(s *record.Session) {
	x.later = append(x.later, func() {
		x.sentence(&s.Story, &s.Messages.Story)
		x.sentence(&s.FallbackReason, &s.Messages.FallbackReason)
		x.sentence(&s.Reason, &s.Messages.Reason)
		x.sentence(&s.Why, &s.Messages.Why)
	})
}

// sentence maps a sentence by its data, and renders it. One without is not shown.
func (x *setMapper) sentence(s *string, t *wording.Text) {
	switch {
	case !t.IsZero():
		*t = t.Map(x.arg)
		*s = t.String()
	case *s != "":
		*s = omitted
	}
}

// arg maps a value of a sentence.
func (x *setMapper) arg(a wording.Arg) wording.Arg {
	switch a.Kind {
	case wording.KindText:
		a.Value = x.prose(a.Value)
	case wording.KindAddress, wording.KindEndpoint, wording.KindPrefix, wording.KindName:
		a.Value = x.host(a.Value)
	case wording.KindSubject:
		a.Value = x.subject(a.Of, a.Value)
	case wording.KindDN:
		a.Value = x.dn(a.Value)
	}
	return a
}

// subject maps the key of what a finding is about.
func (x *setMapper) subject(kind, key string) string {
	if a, b, ok := strings.Cut(key, " to "); ok && kind == "pair" {
		return x.subject("", a) + " to " + x.subject("", b)
	}
	switch kind {
	case "run", "media":
		return key
	case "issuer", "certificate":
		return x.dn(key)
	case "site":
		return x.site(key)
	case "capture":
		if mapped, ok := x.known[key]; ok || key == "capture" {
			return cmp.Or(mapped, key) // of a file
		}
		return x.word(key) // of an interface
	}
	if key == "Webex" || key == "" {
		return key
	}
	return x.host(key)
}

// dnFields are those of evidence that are distinguished names.
var dnFields = []string{"cert_subject", "cert_issuer", "client_cert_subject", "client_cert_issuer"}

// evidence maps what an item says of its flow.
func (x *setMapper) evidence(e *record.Evidence) {
	e.CommunityID = x.community[e.CommunityID]
	fields := e.Fields
	if fields == nil {
		return
	}
	mapped := make(map[string]string, len(fields))
	e.Fields = mapped
	x.later = append(x.later, func() {
		for k, v := range fields {
			switch {
			case slices.Contains(dnFields, k):
				v = x.dn(v)
			case k == "sni" || k == "name":
				v = x.host(v)
			case k == "call_id":
				v = x.plain(v)
			case k == "interface":
				v = x.word(v)
			default:
				v = x.prose(v)
			}
			mapped[k] = v
		}
	})
}

// summary maps the answer. What is said of waivers and of inputs that failed may name people and files.
func (x *setMapper) summary(s *record.Summary) {
	if len(s.Notices) > 0 {
		s.Notices = []string{"Notices about waivers, the baseline or the inputs are left out."}
	}
	x.later = append(x.later, func() {
		x.sentence(&s.Answer, &s.Messages.Summary)
		x.sentence(&s.Instruction, &s.Messages.Remediation)
		switch s.ExitCode {
		case 0, 1, 4:
			s.ExitReason = x.prose(s.ExitReason)
		default:
			s.ExitReason = omitted
		}
	})
}

// harmless are flags whose values name nobody.
var harmless = []string{"--duration", "--count", "--snaplen", "--no-promiscuous-mode", "--max-flows", "--max-memory",
	"--hash", "--no-hash", "--dedup", "--decap", "--vantage", "--as-of", "--min-confidence", "--fail-on", "--fail-on-new",
	"--require-coverage"}

// arguments are the flags of the run, those that may name something without their values, and that the rest is mapped.
func arguments(list []string) []string {
	var out []string
	for i, s := range list {
		name, _, _ := strings.Cut(s, "=")
		switch {
		case i == 0 && (s == "analyze" || s == "compare"), slices.Contains(harmless, name):
			out = append(out, s)
		case strings.HasPrefix(name, "--"):
			out = append(out, name)
		}
	}
	return append(out, "--anonymize")
}
