package signatures

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// ExportFormat is a form in which another tool takes a pack.
type ExportFormat struct {
	Name, Description string
	write             func(io.Writer, *exported) error
}

// ExportFormats are the forms, in the order in which they are listed.
func ExportFormats() []ExportFormat {
	return []ExportFormat{
		{"wireshark-filter", "a display filter for Wireshark and tshark: addresses, TLS names and DNS questions of Webex", writeDisplayFilter},
		{"bpf", "a capture filter (pcap-filter) for tcpdump and Wireshark: the address ranges", writeCaptureFilter},
		{"suricata", "rules for Suricata 5 or later: an alert of priority 3 for each range, TLS name and DNS question", writeSuricata},
		{"zeek-intel", "an intelligence file for Zeek: subnets and whole names (Zeek knows no wildcards: those are left out)", writeZeek},
		{"csv", "a table of ranges, names and ports with their signatures (RFC 4180)", writeExportCSV},
		{"json", "the same table as one document, with the pack's id, date and digest", writeExportJSON},
		{"allow-list", "text for the people who run firewalls and proxies: names, ranges and ports to allow, one a line", writeAllowList},
	}
}

// Export writes the pack in a form. What it holds is in force on the pack's date: retired rows are left out.
func (p *Pack) Export(w io.Writer, format string) error {
	for _, f := range ExportFormats() {
		if f.Name == format {
			return f.write(w, p.exported())
		}
	}
	return fmt.Errorf("there is no format %q", format)
}

// exported is what a pack hands on: published ranges, names, and ports.
type exported struct {
	pack  *Pack
	items []ExportItem
}

// ExportItem is a range, a name or the ports of one signature.
type ExportItem struct {
	Signature string `json:"signature"`
	Type      string `json:"type"`  // prefix, name, port
	Value     string `json:"value"` // a range; a name, with stars; UDP 5004
	Kind      string `json:"kind"`  // of ranges: media, calling …; of names: strong, medium, weak, never; of ports: primary …
	Service   string `json:"service"`
	Function  string `json:"function"`
	Client    string `json:"client_ports,omitempty"` // of ports: those of the side that opens
	DSCP      string `json:"dscp,omitempty"`         // of ports: marks from client to server
	Region    string `json:"region,omitempty"`
	Title     string `json:"title"`
}

// exported lists ranges, then names, then ports, each in its own order.
func (p *Pack) exported() *exported {
	x := &exported{pack: p}
	for _, r := range p.rows {
		if r.Retired != "" {
			continue
		}
		item := ExportItem{Signature: r.ID, Service: r.Service, Function: r.Function, Title: r.Title}
		switch {
		case r.Prefix != nil && r.Prefix.Tier == "published" && r.Prefix.Kind != KindASSpace:
			item.Type, item.Kind, item.Region = "prefix", r.Prefix.Kind, r.Prefix.Region
			x.add(item, texts(r.Prefix.Prefixes))
		case r.Name != nil:
			item.Type, item.Kind = "name", r.Name.Class
			x.add(item, r.Name.Patterns)
		case r.Port != nil && !slices.Contains(r.Port.Needs, NeedsDeclared):
			item.Type, item.Kind = "port", r.Port.Rank
			item.Client, item.DSCP = list(texts(r.Port.Client)), list(texts(r.Port.DSCP))
			x.add(item, r.Port.sockets())
		}
	}
	order := map[string]int{"prefix": 0, "name": 1, "port": 2}
	slices.SortStableFunc(x.items, func(a, b ExportItem) int {
		return cmp.Or(cmp.Compare(order[a.Type], order[b.Type]), compareValues(a, b),
			cmp.Compare(a.Signature, b.Signature))
	})
	return x
}

// compareValues orders ranges by address, and all else by text.
func compareValues(a, b ExportItem) int {
	x, errX := netip.ParsePrefix(a.Value)
	y, errY := netip.ParsePrefix(b.Value)
	if errX == nil && errY == nil {
		return cmp.Or(x.Addr().Compare(y.Addr()), cmp.Compare(x.Bits(), y.Bits()))
	}
	return cmp.Compare(a.Value, b.Value)
}

func (x *exported) add(item ExportItem, values []string) {
	for _, v := range values {
		item.Value = v
		x.items = append(x.items, item)
	}
}

// sockets are the server's ports: "UDP 5004", "TCP 443".
func (s *PortSpec) sockets() (values []string) {
	for _, proto := range s.Proto {
		if proto == "tls" {
			proto = "tcp"
		}
		for _, r := range s.Server {
			if v := strings.ToUpper(proto) + " " + r.String(); !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	return values
}

func list(values []string) string { return strings.Join(values, " ") }

// values of one type, each once; kinds: none means all.
func (x *exported) values(typ string, kinds ...string) (values []string) {
	for _, i := range x.items {
		if i.Type == typ && (len(kinds) == 0 || slices.Contains(kinds, i.Kind)) && !slices.Contains(values, i.Value) {
			values = append(values, i.Value)
		}
	}
	return values
}

// ranges are the published ranges without those that lie in others.
func (x *exported) ranges() (v4, v6 []netip.Prefix) {
	var all []netip.Prefix
	for _, text := range x.values("prefix") {
		p := netip.MustParsePrefix(text)
		within := func(q netip.Prefix) bool { return q.Bits() <= p.Bits() && q.Contains(p.Addr()) }
		if !slices.ContainsFunc(all, within) {
			all = append(all, p)
		}
	}
	for _, p := range all {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return v4, v6
}

// own are the names that make traffic Webex by themselves.
func (x *exported) own() []string { return x.values("name", "strong", "medium") }

// heading says what a file holds, in one line.
func (x *exported) heading() string {
	return fmt.Sprintf("Webex, signature pack %s of %s, digest %s", x.pack.ID, x.pack.Date, x.pack.Digest[:12])
}

// writeExportCSV writes the table. No cell begins as a formula does: rows are names, ranges and titles of the pack.
func writeExportCSV(w io.Writer, x *exported) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{{"signature", "type", "value", "kind", "service", "function", "client_ports", "dscp", "region",
		"title"}}
	for _, i := range x.items {
		rows = append(rows, []string{i.Signature, i.Type, plainCell(i.Value), i.Kind, i.Service, i.Function, i.Client,
			i.DSCP, i.Region, plainCell(i.Title)})
	}
	return out.WriteAll(rows)
}

// plainCell keeps a text from being taken for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func writeExportJSON(w io.Writer, x *exported) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Schema string       `json:"schema"`
		Pack   string       `json:"pack"`
		Date   string       `json:"date"`
		Digest string       `json:"digest"`
		Items  []ExportItem `json:"items"`
	}{"webexaudit.signatures/1", x.pack.ID, x.pack.Date, x.pack.Digest, x.items})
}

// writeAllowList writes what to allow, by type.
func writeAllowList(w io.Writer, x *exported) error {
	var b strings.Builder
	section := func(title string, lines []string) {
		fmt.Fprintf(&b, "\n# %s\n%s\n", title, strings.Join(lines, "\n"))
	}
	fmt.Fprintf(&b, "# %s\n", x.heading())
	section("Names of Webex for proxies and filters by name. *.example.com is every name below example.com, not itself.",
		x.values("name", "strong", "medium", "weak"))
	section("Names of others that Webex uses: certificates, content delivery, telemetry.", x.values("name", "never"))
	v4, v6 := x.ranges()
	section("Address ranges of media and calling for firewalls.", texts(slices.Concat(v4, v6)))
	var ports []string
	for _, i := range x.items {
		if i.Type == "port" {
			ports = append(ports, fmt.Sprintf("%s # %s (%s)", i.Value, i.Title, cmp.Or(i.Kind, "as needed")))
		}
	}
	section("Ports towards them, with what needs them.", ports)
	_, err := io.WriteString(w, b.String())
	return err
}
