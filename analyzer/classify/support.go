package classify

import (
	"fmt"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// support names a service that Webex clients lean on and others as well: name service, time, revocation lists, third
// parties. The flow stays not Webex, and has no confidence, which is that of being Webex. Without Webex traffic of the
// same client nearby, or a question for a Webex name, nothing is said.
func (c *Classifier) support(f *Flow, n *neighbours) {
	beside := withinWindow(n.webex[f.client], f.Rec)
	switch {
	case f.Hints.DNS && (beside || f.asksWebex()):
		c.supporting(f)
	case !beside:
	case f.third != nil:
		r, m := f.Rec, f.third
		r.Service, r.Function = record.Service(m.Service), record.Function(m.Function)
		r.Reason = fmt.Sprintf("%s %s: a third party (%s) that Webex clients use too, beside Webex flows of the same client", m.how, m.host, m.Row.Title)
		r.SignatureIDs = []string{m.Row.ID}
	case f.ownName() == "" && (f.Rec.App == "" || f.Rec.App == appNTP):
		c.supporting(f)
	}
}

// supporting takes service and function from the row for the port of a supporting service. Of ports that many services
// share the name must tell which it is.
func (c *Classifier) supporting(f *Flow) {
	c.ports = f.pack.AppendPorts(c.ports[:0], f.Rec.Proto, f.clientPort, f.serverPort)
	for _, m := range c.ports {
		if !slices.Contains(m.Needs, signatures.NeedsAny) || m.Function != string(record.Name) &&
			m.Function != string(record.TimeService) {
			continue
		}
		r := f.Rec
		r.Service, r.Function = record.Service(m.Service), record.Function(m.Function)
		r.Reason = m.Row.Title + ", which Webex needs as everything else does"
		if r.App == "" {
			r.Reason += fmt.Sprintf(" (by its port, %d)", f.serverPort)
		}
		r.SignatureIDs = []string{m.Row.ID}
		return
	}
}

// asksWebex reports whether a question is for a name of Webex.
func (f *Flow) asksWebex() bool {
	return slices.ContainsFunc(f.Hints.Lookups, func(l Lookup) bool {
		_, _, ok := f.Named(l.Name)
		return ok
	})
}
