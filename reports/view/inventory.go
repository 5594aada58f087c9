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

// tls groups the handshakes of Webex flows, and others that show signs of inspection.
func (d *details) tls() {
	at, clients := map[tlsKey]*TLSGroup{}, once[*TLSGroup]{}
	for _, t := range d.set.TLS {
		f := d.flows[t.FlowID]
		inspection := cmp.Or(t.Inspection, "none")
		if !t.Webex && inspection == "none" {
			d.TLSOther++
			continue
		}
		if inspection == "none" && t.CertIssuer == "" {
			inspection = "hidden"
		}
		g := &TLSGroup{Name: t.SNI, Version: t.TLSVersion, Suite: t.CipherSuite, Issuer: t.CertIssuer,
			Subject: t.CertSubject, Inspection: inspection, Signs: t.InspectionSigns, Chain: t.ChainIssuers,
			NotAfter: t.CertNotAfter, Webex: t.Webex, Proxied: f != nil && f.Connect != nil}
		if f != nil {
			g.Name = cmp.Or(g.Name, f.DNSName, f.Server().Addr().String())
			if g.Proxied && t.SNI == "" {
				g.Name = cmp.Or(f.Connect.Host, g.Name)
			}
		}
		key := tlsKey{g.Name, g.Version, g.Suite, g.Issuer, g.Inspection, g.Proxied}
		if have := at[key]; have != nil {
			g = have
		} else {
			at[key] = g
			d.TLS = append(d.TLS, g)
		}
		g.Connections++
		if f != nil {
			clients.add(g, &g.Clients, f.ClientAddr().String())
			if g.First == 0 || f.StartTime < g.First {
				g.First = f.StartTime
			}
		}
	}
	slices.SortStableFunc(d.TLS, func(a, b *TLSGroup) int {
		return cmp.Or(cmp.Compare(slices.Index(Inspections, a.Inspection), slices.Index(Inspections, b.Inspection)),
			cmp.Compare(a.Name, b.Name), cmp.Compare(b.Connections, a.Connections))
	})
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

func (d *details) proxies() {
	at, clients := map[string]*Proxy{}, once[*Proxy]{}
	for _, f := range d.set.Flows {
		if f.Connect == nil || !f.Webex {
			continue
		}
		address := f.Server().String()
		p := at[address]
		if p == nil {
			p = &Proxy{Address: address, Statuses: map[int]int{}}
			at[address] = p
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
		clients.add(p, &p.Clients, f.ClientAddr().String())
		if f.Function.IsMedia() {
			p.MediaFlows++
			p.MediaBytes += f.BytesFwd + f.BytesRev
		}
	}
	for _, address := range slices.Sorted(maps.Keys(at)) {
		d.Proxies = append(d.Proxies, at[address])
	}
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

func (d *details) services() {
	for _, s := range serviceGroups {
		table := &ServiceTable{Service: s.service, Rows: d.serviceRows(s.service)}
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

func (d *details) serviceRows(service record.Service) (rows []*ServiceRow) {
	type key struct {
		function               record.Function
		transport              record.Transport
		clientRole, serverRole string
		port                   int
	}
	at, clients := map[key]*ServiceRow{}, once[*ServiceRow]{}
	for _, f := range d.set.Flows {
		if !f.Webex || f.Service != service {
			continue
		}
		port := int(f.Server().Port())
		if f.Function.IsMedia() && port >= 1024 && f.ServerRole != "cloud" && port != 5004 && port != 9000 {
			port = 0 // chosen for the call
		}
		k := key{f.Function, f.Transport, f.ClientRole, f.ServerRole, port}
		r := at[k]
		if r == nil {
			r = &ServiceRow{Function: f.Function, Transport: f.Transport, ClientRole: f.ClientRole,
				ServerRole: f.ServerRole, Port: port}
			at[k], rows = r, append(rows, r)
		}
		r.Flows += int(f.Count())
		r.Bytes += f.BytesFwd + f.BytesRev
		clients.add(r, &r.Clients, f.ClientAddr().String())
	}
	slices.SortStableFunc(rows, func(a, b *ServiceRow) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return rows
}
