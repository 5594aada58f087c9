package view

import (
	"cmp"
	"maps"
	"slices"

	"webexaudit/analyzer/record"
)

// TLSGroup is TLS handshakes that showed the same.
type TLSGroup struct {
	Name, Version, Suite, Issuer, Subject string
	Proxied                               bool
	// none, possible, probable, confirmed; hidden: no certificate was seen, and no sign
	Inspection  string
	Signs       []record.InspectionSign
	Chain       []string
	NotAfter    record.Time
	Connections int
	Clients     []string
	First       record.Time
	Webex       bool
}

// tlsKey is what handshakes of a group have in common.
type tlsKey struct {
	name, version, suite, issuer, inspection string
	proxied                                  bool
}

// Inspections are the values of TLSGroup.Inspection in the order in which they are shown.
var Inspections = []string{"confirmed", "probable", "possible", "none", "hidden"}

// once gathers names without copies, for many lists.
type once[K comparable] map[onceKey[K]]bool

type onceKey[K comparable] struct {
	of   K
	name string
}

// add appends a name to the list of one of them, unless it stands there.
func (o once[K]) add(of K, list *[]string, name string) {
	if k := (onceKey[K]{of, name}); !o[k] {
		o[k] = true
		*list = append(*list, name)
	}
}

// tlsGroups groups the handshakes of Webex flows, and others that show signs of inspection.
type tlsGroups struct {
	at      map[tlsKey]*TLSGroup
	clients once[*TLSGroup]
	all     []*TLSGroup // in the order of their first handshake
	other   int         // that are not grouped
}

func newTLSGroups() *tlsGroups {
	return &tlsGroups{at: map[tlsKey]*TLSGroup{}, clients: once[*TLSGroup]{}}
}

// add books a handshake; its flow may be missing.
func (x *tlsGroups) add(f *record.Flow, t *record.TLSSession) {
	inspection := cmp.Or(t.Inspection, "none")
	if !t.Webex && inspection == "none" {
		x.other++
		return
	}
	if inspection == "none" && t.CertIssuer == "" {
		inspection = "hidden"
	}
	proxied := f != nil && f.Connect != nil
	key := tlsKey{serverName(f, t), t.TLSVersion, t.CipherSuite, t.CertIssuer, inspection, proxied}
	g := x.at[key]
	if g == nil {
		g = &TLSGroup{Name: key.name, Version: t.TLSVersion, Suite: t.CipherSuite, Issuer: t.CertIssuer,
			Subject: t.CertSubject, Inspection: inspection, Signs: slices.Clone(t.InspectionSigns),
			Chain: slices.Clone(t.ChainIssuers), NotAfter: t.CertNotAfter, Webex: t.Webex, Proxied: proxied}
		x.at[key], x.all = g, append(x.all, g)
	}
	g.Connections++
	if f == nil {
		return
	}
	x.clients.add(g, &g.Clients, f.ClientAddr().String())
	if g.First == 0 || f.StartTime < g.First {
		g.First = f.StartTime
	}
}

// serverName is what the server of a handshake is called: as the client did, else as the capture tells.
func serverName(f *record.Flow, t *record.TLSSession) string {
	switch {
	case t.SNI != "" || f == nil:
		return t.SNI
	case f.Connect != nil && f.Connect.Host != "":
		return f.Connect.Host
	case f.DNSName != "":
		return f.DNSName
	}
	return f.Server().Addr().String()
}

func (x *tlsGroups) list() []*TLSGroup {
	slices.SortStableFunc(x.all, func(a, b *TLSGroup) int {
		return cmp.Or(cmp.Compare(slices.Index(Inspections, a.Inspection), slices.Index(Inspections, b.Inspection)),
			cmp.Compare(a.Name, b.Name), cmp.Compare(b.Connections, a.Connections))
	})
	return x.all
}

// Proxy is a proxy that clients asked for tunnels, and how it answered.
type Proxy struct {
	Address    string // address:port
	Tunnels    int    // CONNECT flows
	Opened     int
	Statuses   map[int]int // answers by status; 0: none seen
	Schemes    []string    // of authentication that it asked for
	Clients    []string
	MediaFlows int
	MediaBytes int64
}

// Codes are the statuses in their order.
func (p *Proxy) Codes() []int { return slices.Sorted(maps.Keys(p.Statuses)) }

// proxies are those of Webex flows.
type proxies struct {
	at      map[string]*Proxy
	clients once[*Proxy]
}

func newProxies() *proxies { return &proxies{map[string]*Proxy{}, once[*Proxy]{}} }

func (x *proxies) add(f *record.Flow) {
	if f.Connect == nil || !f.Webex {
		return
	}
	address := f.Server().String()
	p := x.at[address]
	if p == nil {
		p = &Proxy{Address: address, Statuses: map[int]int{}}
		x.at[address] = p
	}
	p.Tunnels++
	p.Statuses[f.Connect.Status]++
	if f.Connect.Status/100 == 2 {
		p.Opened++
	}
	for _, s := range f.Connect.Schemes {
		if !slices.Contains(p.Schemes, s) {
			p.Schemes = append(p.Schemes, s)
		}
	}
	x.clients.add(p, &p.Clients, f.ClientAddr().String())
	if f.Function.IsMedia() {
		p.MediaFlows++
		p.MediaBytes += f.BytesFwd + f.BytesRev
	}
}

func (x *proxies) list() (list []*Proxy) {
	for _, address := range slices.Sorted(maps.Keys(x.at)) {
		list = append(list, x.at[address])
	}
	return list
}

// ServiceTable is the flows of one service.
type ServiceTable struct {
	Service record.Service
	Rows    []*ServiceRow // most bytes first
	Rules   []*Rule       // about the service, that found something or could not tell
}

// ServiceRow is flows of one kind between one kind of ends.
type ServiceRow struct {
	Function               record.Function
	Transport              record.Transport
	ClientRole, ServerRole string
	Port                   int
	Flows                  int
	Clients                []string
	Bytes                  int64
}

// serviceGroups are the services with a section of their own, and the groups of the rules about them.
var serviceGroups = []struct {
	service record.Service
	group   string
}{{record.Expressway, "EXP"}, {record.Calling, "CAL"}, {record.Mesh, "VMN"}}

func (d *details) services(flows *serviceFlows) {
	for _, s := range serviceGroups {
		table := &ServiceTable{Service: s.service, Rows: flows.rows(s.service)}
		for _, r := range d.Rules {
			if r.Group() == s.group && r.State != record.NotObserved && r.State != record.Pass {
				table.Rules = append(table.Rules, r)
			}
		}
		if len(table.Rows) > 0 {
			d.Services = append(d.Services, table)
		}
	}
}

// serviceFlows sums up the flows of the services.
type serviceFlows struct {
	at      map[serviceKey]*ServiceRow
	clients once[*ServiceRow]
	of      map[record.Service][]*ServiceRow
}

type serviceKey struct {
	service                record.Service
	function               record.Function
	transport              record.Transport
	clientRole, serverRole string
	port                   int
}

func newServiceFlows() *serviceFlows {
	x := &serviceFlows{map[serviceKey]*ServiceRow{}, once[*ServiceRow]{}, map[record.Service][]*ServiceRow{}}
	for _, s := range serviceGroups {
		x.of[s.service] = nil
	}
	return x
}

func (x *serviceFlows) add(f *record.Flow) {
	if _, shown := x.of[f.Service]; !shown || !f.Webex {
		return
	}
	port := int(f.Server().Port())
	if f.Function.IsMedia() && port >= 1024 && f.ServerRole != "cloud" && port != 5004 && port != 9000 {
		port = 0 // chosen for the call
	}
	k := serviceKey{f.Service, f.Function, f.Transport, f.ClientRole, f.ServerRole, port}
	r := x.at[k]
	if r == nil {
		r = &ServiceRow{Function: f.Function, Transport: f.Transport, ClientRole: f.ClientRole,
			ServerRole: f.ServerRole, Port: port}
		x.at[k], x.of[f.Service] = r, append(x.of[f.Service], r)
	}
	r.Flows += int(f.Count())
	r.Bytes += f.BytesFwd + f.BytesRev
	x.clients.add(r, &r.Clients, f.ClientAddr().String())
}

func (x *serviceFlows) rows(service record.Service) []*ServiceRow {
	rows := x.of[service]
	slices.SortStableFunc(rows, func(a, b *ServiceRow) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return rows
}
