package classify

import (
	"fmt"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// verdict fills service, function, confidence and reason, and what the pack says of the flow.
func (c *Classifier) verdict(f *Flow, s *sign) {
	r := f.Rec
	r.Confidence, r.Reason, r.SignatureIDs = s.confidence, s.reason, s.rows
	if f.addr != nil && f.addr.Tier == signatures.TierPublished {
		r.Prefix, r.Region = f.addr.Prefix.String(), f.addr.Row.Prefix.Region
	}
	c.owner(f)
	if r.ICMP != nil {
		if m := f.address(r.ICMP.From); m != nil && m.Tier == signatures.TierPublished {
			r.ICMP.Prefix = m.Prefix.String()
		}
	}
	port := c.port(f)
	switch {
	case s.service != "":
		r.Service, r.Function = s.service, s.function
		c.fromDevice(f)
		return
	case port != nil:
		c.fromPort(f, port)
	case f.name != nil:
		r.Service, r.Function = record.Service(f.name.Service), record.Function(f.name.Function)
	case f.addr != nil:
		r.Service, r.Function = record.Service(f.addr.Service), record.OtherFunction
		if f.called() {
			r.Function = record.Signalling
			r.Reason += "; SIP from the cloud to a host that the site file does not name"
		}
	default:
		r.Service, r.Function = record.Meetings, record.OtherFunction
	}
	c.government(f)
	c.fromName(f)
	c.fromDevice(f)
	c.media(f, port)
	c.retiredRange(f)
	r.SignatureIDs = slices.Compact(r.SignatureIDs)
}

// owner names the autonomous system of a server in no published range.
func (c *Classifier) owner(f *Flow) {
	if f.Rec.Prefix != "" {
		return
	}
	if row, ok := f.pack.Owner(f.translated(f.server)); ok {
		f.Rec.ServerAS = fmt.Sprintf("AS%d %s", row.ASN.Numbers[0], row.ASN.Holder)
	}
}

// port is the most telling port row that holds. A name that says more than "media" wins over rows that do not speak of
// names: signalling to an address in a media range stays signalling.
func (c *Classifier) port(f *Flow) *signatures.PortMatch {
	if f.turned {
		if m := c.inbound(f); m != nil {
			return m
		}
	}
	rows := c.portRows(f)
	if f.saysMore() && f.Rec.Proto == "tcp" {
		rows = slices.DeleteFunc(rows, func(m signatures.PortMatch) bool { return !ofNames(&m) })
	}
	if len(rows) == 0 {
		return c.inbound(f)
	}
	m := rows[0]
	return &m
}

// ofNames reports whether a row speaks of named servers and says what they do; the row for HTTPS leaves that to the
// name.
func ofNames(m *signatures.PortMatch) bool {
	return m.Service != string(record.OtherService) &&
		slices.ContainsFunc(m.Needs, func(n string) bool {
			return n == signatures.NeedsName || n == signatures.NeedsTestTool || n == signatures.NeedsDedicated
		})
}

// fromPort takes over what the row says. Where only the operator could name the host and did not, it says nothing of
// the host and of how its media is sorted and marked.
func (c *Classifier) fromPort(f *Flow, m *signatures.PortMatch) {
	r := f.Rec
	f.row = m.Row
	r.Service, r.Function = record.Service(m.Service), record.Function(m.Function)
	r.SignatureIDs = append(r.SignatureIDs, m.Row.ID)
	r.ExpectedDSCP, r.Device, r.Retired = m.DSCP, m.Device, m.Retired
	f.far = c.distance(f, m) == unnamed && c.role(f.client) == ""
	if f.far || len(m.Row.Port.Client) == 0 {
		r.Device = "" // the row's client is a guess, unless it is declared
	}
	if f.far && r.Function.IsMedia() {
		m.Media, m.DSCP, r.ExpectedDSCP, r.Function = "mixed", nil, nil, record.MediaMixed
		r.Reason += "; by its port (" + m.Row.Title + "), for a host that the site file does not name"
	}
	if r.Service == record.Meetings && c.role(f.server) == roleMesh {
		r.Service = record.Mesh
	}
	if c.guessed(f.client) && c.distance(f, m) == declared || c.guessed(f.server) {
		r.Confidence = r.Confidence.Lower()
	}
}

// government: its ranges lie within those of the commercial service, and its names too.
func (c *Classifier) government(f *Flow) {
	if f.addr != nil && f.addr.Kind == signatures.KindGovernment && f.Rec.Service == record.Meetings {
		f.Rec.Service = record.Government
	}
}

func (c *Classifier) fromName(f *Flow) {
	r := f.Rec
	if f.name != nil {
		r.Inspection = f.name.Inspection
		if f.name.Retired != "" {
			r.Retired = f.name.Retired
		}
	}
	if r.Service == record.Hybrid {
		r.Inspection = signatures.InspectionUnsupported // connectors refuse it (webex-facts 1.8)
	}
}

// fromDevice takes the client's kind from its declared role.
func (c *Classifier) fromDevice(f *Flow) {
	switch role := c.role(f.client); role {
	case "phone", "room-device", roleMesh, roleGateway:
		f.Rec.Device = role
	case roleC, roleE:
		f.Rec.Device = "expressway"
	}
}

// retiredRange notes that the server stands in a withdrawn range, where another sign made the flow Webex.
func (c *Classifier) retiredRange(f *Flow) {
	if f.addr != nil || !f.server.IsValid() {
		return
	}
	if m := f.withdrawn(f.server); m != nil {
		f.Rec.SignatureIDs = append(f.Rec.SignatureIDs, m.Row.ID)
		if f.Rec.Retired == "" {
			f.Rec.Retired = "address in " + m.Prefix.String() + ", withdrawn " + m.Retired
		}
	}
}
