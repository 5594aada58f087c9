package signatures

import (
	"fmt"
	"hash/fnv"
	"io"
	"regexp"
	"strings"
)

// writeDisplayFilter writes one line: addresses or names. DNS questions show calls whose servers lie elsewhere.
func writeDisplayFilter(w io.Writer, x *exported) error {
	var terms []string
	v4, v6 := x.ranges()
	for _, p := range v4 {
		terms = append(terms, "ip.addr == "+p.String())
	}
	for _, p := range v6 {
		terms = append(terms, "ipv6.addr == "+p.String())
	}
	var names []string
	for _, n := range x.own() {
		names = append(names, nameExpression(n))
	}
	pattern := `"(?i)^(` + strings.ReplaceAll(strings.Join(names, "|"), `\`, `\\`) + `)$"`
	terms = append(terms, "tls.handshake.extensions_server_name matches "+pattern, "dns.qry.name matches "+pattern)
	_, err := fmt.Fprintln(w, strings.Join(terms, " || "))
	return err
}

// nameExpression is a pattern of names as a regular expression (PCRE): a star at the beginning is any number of labels,
// one within a label stays in it.
func nameExpression(pattern string) string {
	rest, below := strings.CutPrefix(pattern, "*.")
	parts := strings.Split(rest, "*")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	expression := strings.Join(parts, `[^.]*`)
	if below {
		return `.+\.` + expression
	}
	return expression
}

// writeCaptureFilter writes one line in the language of pcap-filter(7).
func writeCaptureFilter(w io.Writer, x *exported) error {
	var terms []string
	v4, v6 := x.ranges()
	for _, p := range v4 {
		terms = append(terms, "net "+p.String())
	}
	for _, p := range v6 {
		terms = append(terms, "ip6 net "+p.String())
	}
	_, err := fmt.Fprintln(w, strings.Join(terms, " or "))
	return err
}

// Suricata's signature ids of local rules.
const (
	firstSID = 1_000_000
	sids     = 1_000_000
)

// suricata writes rules with ids that stay the same from pack to pack.
type suricata struct {
	b    strings.Builder
	used map[uint32]bool
	date string
}

// rule writes one; key makes its id.
func (s *suricata) rule(key, header, msg, options string) {
	h := fnv.New32a()
	_, _ = io.WriteString(h, key)
	id := h.Sum32() % sids
	for s.used[id] {
		id = (id + 1) % sids
	}
	s.used[id] = true
	msg = strings.NewReplacer(`\`, "", `"`, "'", ";", ",").Replace(msg)
	fmt.Fprintf(&s.b, "alert %s (msg:\"%s\"; %spriority:3; sid:%d; rev:%s;)\n", header, msg, options, firstSID+id, s.date)
}

func writeSuricata(w io.Writer, x *exported) error {
	s := &suricata{used: map[uint32]bool{}, date: strings.ReplaceAll(x.pack.Date, "-", "")}
	fmt.Fprintf(&s.b, "# %s\n", x.heading())
	for _, i := range x.items {
		switch {
		case i.Type == "prefix":
			s.rule("ip "+i.Value, "ip any any <> "+i.Value+" any", "Webex "+i.Kind+" range: "+i.Title,
				"threshold:type limit, track by_src, count 1, seconds 3600; ")
		case i.Type == "name" && (i.Kind == "strong" || i.Kind == "medium"):
			for _, at := range []struct{ proto, buffer, where string }{{"tls", "tls.sni", "TLS"}, {"dns", "dns.query", "DNS"}} {
				s.rule(at.proto+" "+i.Value+i.Signature, at.proto+" any any -> any any",
					"Webex name in "+at.where+": "+i.Title, at.buffer+"; "+nameMatch(i.Value))
			}
		}
	}
	_, err := io.WriteString(w, s.b.String())
	return err
}

// nameMatch is a pattern of names as keywords of Suricata.
func nameMatch(pattern string) string {
	rest, below := strings.CutPrefix(pattern, "*.")
	switch {
	case strings.Contains(rest, "*"):
		return `pcre:"/^` + nameExpression(pattern) + `$/i"; `
	case below:
		return `content:".` + rest + `"; nocase; endswith; `
	}
	return fmt.Sprintf(`content:"%s"; nocase; bsize:%d; `, rest, len(rest))
}

// writeZeek writes the table of Zeek's intelligence framework: its header, and fields with a tab between them.
func writeZeek(w io.Writer, x *exported) error {
	var b strings.Builder
	b.WriteString("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n")
	source, seen := "webexaudit-"+x.pack.ID, map[string]bool{}
	for _, i := range x.items {
		kind := map[string]string{"prefix": "Intel::SUBNET", "name": "Intel::DOMAIN"}[i.Type]
		weak := i.Type == "name" && i.Kind != "strong" && i.Kind != "medium"
		if kind == "" || weak || strings.Contains(i.Value, "*") || seen[i.Value] {
			continue
		}
		seen[i.Value] = true
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", i.Value, kind, source, strings.ReplaceAll(i.Title, "\t", " "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
