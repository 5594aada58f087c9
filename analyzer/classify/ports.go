package classify

import (
	"cmp"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// portRows are the rows for the flow's ports whose conditions hold, the most telling first: rows of the service that
// the second look or the flow's name tells, then by distance, well-sourced rows before recalled ones, the narrower
// source range, the narrower destination, and at last meetings before calling: both share ranges and ports. The slice
// is valid until the next call.
func (c *Classifier) portRows(f *Flow) []signatures.PortMatch {
	proto := f.Rec.Proto
	if proto != "udp" && proto != "tcp" {
		return nil
	}
	c.ports = f.pack.AppendPorts(c.ports[:0], proto, f.clientPort, f.serverPort)
	rows := slices.DeleteFunc(c.ports, func(m signatures.PortMatch) bool { return !c.holds(f, &m) })
	slices.SortStableFunc(rows, func(a, b signatures.PortMatch) int {
		return cmp.Or(
			cmp.Compare(f.disfavour(&a), f.disfavour(&b)),
			cmp.Compare(c.distance(f, &a), c.distance(f, &b)), cmp.Compare(recalled(&a), recalled(&b)),
			cmp.Compare(width(a.Row.Port.Client, f.clientPort), width(b.Row.Port.Client, f.clientPort)),
			cmp.Compare(width(a.Row.Port.Server, f.serverPort), width(b.Row.Port.Server, f.serverPort)),
			cmp.Compare(callingLast(&a), callingLast(&b)), cmp.Compare(mediaFirst(&a), mediaFirst(&b)))
	})
	return rows
}

// disfavour is 0 for rows of the service that is preferred or that the name belongs to, 1 for all others.
func (f *Flow) disfavour(m *signatures.PortMatch) int {
	if f.prefer != "" && m.Service == f.prefer || f.prefer == "" && f.named(m) {
		return 0
	}
	return 1
}

// named reports whether the row speaks of names and the flow's name belongs to the row's service.
func (f *Flow) named(m *signatures.PortMatch) bool {
	return f.saysMore() && m.Service == f.name.Service && slices.Contains(m.Needs, signatures.NeedsName)
}

// Distances of a row from what is known of the client.
const (
	declared = iota // the client has the role that the row speaks of
	anybody         // app, device and phone: anybody may be one
	unnamed         // a gateway, mesh node or Expressway, which only the operator can name
)

func (c *Classifier) distance(f *Flow, m *signatures.PortMatch) int {
	role := c.role(f.client)
	if c.among(m.From, f.client) {
		return declared
	}
	if !infrastructure(role) && (len(m.From) == 0 || slices.ContainsFunc(m.From, ordinary)) {
		return anybody
	}
	if len(m.From) == 0 {
		return anybody
	}
	return unnamed
}

func ordinary(role string) bool { return role == "app" || role == "room-device" || role == "phone" }

// infrastructure reports whether a host of the role is no app, device or phone.
func infrastructure(role string) bool {
	switch role {
	case roleMesh, roleGateway, roleEdgeAudio, roleC, roleE:
		return true
	}
	return false
}

func recalled(m *signatures.PortMatch) int {
	if m.Row.Confidence == string(record.Possible) {
		return 1
	}
	return 0
}

// width is that of the range that holds the port; any port for rows without ranges.
func width(ranges []signatures.PortRange, port int) int {
	best := 1 << 16
	for _, r := range ranges {
		if r.Contains(port) {
			best = min(best, r.Width())
		}
	}
	return best
}

// mediaFirst puts the rungs of the media ladder before rows that merely name the port.
func mediaFirst(m *signatures.PortMatch) int {
	if m.Rank != "" {
		return 0
	}
	return 1
}

func callingLast(m *signatures.PortMatch) int {
	if m.Service == string(record.Calling) {
		return 1
	}
	return 0
}

// holds reports whether what the row needs of the server, of the hosts and of the hello is there.
func (c *Classifier) holds(f *Flow, m *signatures.PortMatch) bool {
	if m.Transport == "tls" && f.Rec.Transport == record.TCP && f.Rec.App != "" {
		return false
	}
	if m.SNI == signatures.SNINone && f.Rec.SNI != "" && (f.name == nil || f.name.Role != signatures.RoleMediaNode) {
		return false
	}
	return slices.ContainsFunc(m.Needs, func(need string) bool { return c.satisfies(f, m, need) })
}

func (c *Classifier) satisfies(f *Flow, m *signatures.PortMatch, need string) bool {
	switch need {
	case signatures.NeedsMedia:
		return mediaRange(f.addr) || f.name != nil && f.name.Role == signatures.RoleMediaNode
	case signatures.NeedsCalling:
		return f.calling
	case signatures.NeedsCallingConfig:
		return c.configRange(f)
	case signatures.NeedsName: // a name alone says nothing of the host that a row is about
		return f.name != nil && (c.distance(f, m) < unnamed || f.named(m))
	case signatures.NeedsTestTool:
		return f.name != nil && f.name.Role == "test-tool" && f.name.Service == m.Service
	case signatures.NeedsDedicated:
		return f.name != nil && f.name.Role == signatures.RoleDedicated
	}
	return c.byRole(f, m, need)
}

// configRange reports whether devices are configured from the server's address. Cisco's web servers stand beside those:
// their ports count for declared devices only.
func (c *Classifier) configRange(f *Flow) bool {
	if f.addr == nil || !f.inRange(f.server, signatures.KindCallingConfig) {
		return false
	}
	role := c.role(f.client)
	web := f.serverPort == 80 || f.serverPort == 443
	return !web || f.addr.Kind == signatures.KindCallingConfig && (role == "phone" || role == "room-device")
}

func mediaRange(m *signatures.AddrMatch) bool {
	if m == nil {
		return false
	}
	return m.Kind == signatures.KindMedia || m.Kind == signatures.KindMediaVIMT || m.Kind == signatures.KindGovernment
}

// inbound is the row for a flow that the cloud opened to a declared host; nil for all others.
func (c *Classifier) inbound(f *Flow) *signatures.PortMatch {
	if f.addr == nil || f.began() && !f.turned || c.role(f.client) == "" {
		return nil
	}
	var best *signatures.PortMatch
	for _, m := range f.pack.Ports(f.Rec.Proto, f.serverPort, f.clientPort) {
		fits := slices.Contains(m.From, "cloud") && c.among(m.To, f.client)
		if fits && (best == nil || width(m.Row.Port.Client, f.serverPort) < width(best.Row.Port.Client, f.serverPort)) {
			best = &m
		}
	}
	return best
}

// sipPorts are those on which the cloud calls SIP systems (webex-facts 3.5); it never connects to apps and devices.
var sipPorts = signatures.PortRange{Lo: 5060, Hi: 5070}

// called reports whether the cloud itself opened the connection, to a SIP port.
func (f *Flow) called() bool {
	return f.turned && f.began() && f.Rec.Proto == "tcp" && sipPorts.Contains(f.clientPort)
}

// premises reports whether both ends are inside the enterprise.
func (c *Classifier) premises(f *Flow) bool {
	return f.server.IsValid() && c.internal(f.client) && c.internal(f.server)
}
