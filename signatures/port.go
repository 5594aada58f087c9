package signatures

import (
	"cmp"
	"slices"
)

// PortMatch is one port row that a flow's ports fit. It counts only if one of Needs holds for the server, and From and
// To do not contradict what is known of the ends.
type PortMatch struct {
	Row       *Row
	Service   string
	Function  string
	Transport string // udp, tcp or tls; tcp where the row allows tls too
	Needs     []string
	From, To  []string
	Device    string // the one device class that From names, else ""
	Media     string // audio, video, share, mixed or ""
	DSCP      []int  // accepted marks from client to server, the recommended one first; nil: nothing is expected
	Rank      string // primary, fallback1, fallback2, or retired
	SNI       string // SNINone: counts only without SNI or with the name of a media node
	InPlan    bool   // the client port lies in a range of the QoS port plan
	Retired   string
}

// AppendPorts appends the rows that fit a flow to dst. proto is tcp or udp: rows for TLS answer to tcp. The order is
// priority, then rows with client ranges, then the narrower server and client range, then id. It allocates only if dst
// is too small. A client port of 0 or less fits rows without client ranges only.
func (p *Pack) AppendPorts(dst []PortMatch, proto string, clientPort, serverPort int) []PortMatch {
	x := &p.ports
	if serverPort <= 0 || serverPort > 0xffff {
		return dst
	}
	narrow, wide := x.narrow[uint16(serverPort)], x.wide
	for len(narrow)+len(wide) > 0 {
		var e *portEntry
		if len(wide) == 0 || (len(narrow) > 0 && narrow[0] < wide[0]) {
			e, narrow = &x.entries[narrow[0]], narrow[1:]
		} else {
			e, wide = &x.entries[wide[0]], wide[1:]
		}
		if e.server.Contains(serverPort) && (e.anyClient || e.client.Contains(clientPort)) && e.proto == proto {
			dst = append(dst, e.match)
		}
	}
	return dst
}

// Ports is AppendPorts into a new slice.
func (p *Pack) Ports(proto string, clientPort, serverPort int) []PortMatch {
	return p.AppendPorts(nil, proto, clientPort, serverPort)
}

// PortPlan tells whether a client port lies in the QoS port plan of a service; known is false where the pack has no
// plan for the service.
func (p *Pack) PortPlan(service string, clientPort int) (in, known bool) {
	ranges := p.ports.plan[service]
	for _, r := range ranges {
		if r.Contains(clientPort) {
			return true, true
		}
	}
	return false, len(ranges) > 0
}

// portIndex holds one entry per row, protocol, server range and client range, sorted by specificity. Entries with few
// server ports are found by port, the others are walked.
type portIndex struct {
	entries []portEntry
	narrow  map[uint16][]int32
	wide    []int32
	plan    map[string][]PortRange
}

type portEntry struct {
	proto     string // of layer 4
	server    PortRange
	client    PortRange
	anyClient bool
	match     PortMatch
}

// wideRange is the number of ports above which a range is not listed port by port.
const wideRange = 64

func (x *portIndex) compile(rows []*Row) {
	x.narrow, x.plan = map[uint16][]int32{}, map[string][]PortRange{}
	for _, r := range rows {
		if r.Port == nil {
			continue
		}
		x.add(r)
		if r.Port.Plan && r.Retired == "" {
			x.plan[r.Service] = append(x.plan[r.Service], r.Port.Client...)
		}
	}
	slices.SortStableFunc(x.entries, morePrecise)
	for i, e := range x.entries {
		if e.server.Width() > wideRange {
			x.wide = append(x.wide, int32(i))
			continue
		}
		for port := int(e.server.Lo); port <= int(e.server.Hi); port++ {
			x.narrow[uint16(port)] = append(x.narrow[uint16(port)], int32(i))
		}
	}
}

func (x *portIndex) add(r *Row) {
	clients := r.Port.Client
	if len(clients) == 0 {
		clients = []PortRange{{0, 0xffff}}
	}
	for _, proto := range r.Port.Proto {
		m := portMatch(r, proto)
		l4 := proto
		if proto == "tls" {
			if slices.Contains(r.Port.Proto, "tcp") {
				continue
			}
			l4 = "tcp"
		}
		for _, s := range r.Port.Server {
			for _, c := range clients {
				x.entries = append(x.entries, portEntry{l4, s, c, len(r.Port.Client) == 0, m})
			}
		}
	}
}

func portMatch(r *Row, proto string) PortMatch {
	s := r.Port
	m := PortMatch{
		Row: r, Service: r.Service, Function: r.Function, Transport: proto, Needs: s.Needs, From: s.From, To: s.To,
		Media: s.Media, DSCP: s.DSCP, Rank: s.Rank, SNI: s.SNI, InPlan: s.Plan, Retired: r.Retired,
	}
	if r.Retired != "" {
		m.Rank, m.InPlan = RankRetired, false
	}
	if len(s.From) == 1 {
		m.Device = deviceOf(s.From[0])
	}
	return m
}

// deviceOf is the device class of a role, "" where the role is none.
func deviceOf(role string) string {
	switch {
	case role == "expressway-c", role == "expressway-e":
		return "expressway"
	case slices.Contains(devices, role):
		return role
	}
	return ""
}

func morePrecise(a, b portEntry) int {
	clients := func(e portEntry) int {
		if e.anyClient {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(b.match.Row.Priority, a.match.Row.Priority), cmp.Compare(clients(a), clients(b)),
		cmp.Compare(a.server.Width(), b.server.Width()), cmp.Compare(a.client.Width(), b.client.Width()),
		cmp.Compare(a.match.Row.ID, b.match.Row.ID))
}
