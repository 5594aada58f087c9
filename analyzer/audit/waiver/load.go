package waiver

import (
	"io"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/yamldoc"
)

// Load reads a waiver file: a YAML list. Name stands in the messages; rules are the ids that a waiver may speak of. All
// faults are reported together, each as "name:line: key: what". An empty file is an empty list.
func Load(r io.Reader, name string, rules []string) (Waivers, error) {
	doc, body, err := yamldoc.Open(r, name)
	if err != nil {
		return nil, err
	}
	l := loader{Reader: doc, rules: rules, lines: map[string]int{}}
	if body != nil {
		l.List(body, "file", l.waiver)
	}
	if err := l.Err(); err != nil {
		return nil, err
	}
	return l.list, nil
}

type loader struct {
	*yamldoc.Reader
	rules []string
	list  Waivers
	lines map[string]int // of the ids
}

func (l *loader) waiver(at string, n yamldoc.Node) {
	at = strings.TrimPrefix(at, "file")
	var w Waiver
	given := map[string]bool{}
	l.Mapping(n, at, func(path, key string, v yamldoc.Node) bool {
		given[key] = true
		return l.key(&w, path, key, v)
	})
	for _, key := range []string{"id", "rule", "match", "reason", "owner", "expires"} {
		if !given[key] {
			l.Fault(n, "%s: %s is missing", at, key)
		}
	}
	if !w.Created.IsZero() && !w.Expires.IsZero() && w.Expires.Before(w.Created) {
		l.Fault(n, "%s: expires on %s, before it was created (%s)", at, w.Expires.Format(dateLayout), w.Created.Format(dateLayout))
	}
	if line, twice := l.lines[w.ID]; twice && w.ID != "" {
		l.Fault(n, "%s: id %q is used in line %d already", at, w.ID, line)
	}
	l.lines[w.ID] = yamldoc.Line(n)
	l.list = append(l.list, w)
}

func (l *loader) key(w *Waiver, path, key string, v yamldoc.Node) bool {
	switch key {
	case "id":
		w.ID, _ = l.TextOf(v, path)
	case "rule":
		w.Rule = l.rule(path, v)
	case "match":
		w.Match = l.match(path, v)
	case "reason":
		w.Reason, _ = l.TextOf(v, path)
	case "owner":
		w.Owner, _ = l.TextOf(v, path)
	case "ticket":
		w.Ticket, _ = l.TextOf(v, path)
	case "expires":
		w.Expires = l.date(path, v)
	case "created":
		w.Created = l.date(path, v)
	default:
		return false
	}
	return true
}

// rule is an id or a glob that names at least one rule: a typing error must not waive nothing in silence.
func (l *loader) rule(at string, v yamldoc.Node) string {
	text, ok := l.TextOf(v, at)
	if !ok {
		return ""
	}
	if _, err := path.Match(text, ""); err != nil {
		l.Fault(v, "%s: %q: %v", at, text, err)
	} else if !slices.ContainsFunc(l.rules, func(id string) bool { m, _ := path.Match(text, id); return m }) {
		l.Fault(v, "%s: %q names no rule (webexaudit rules list shows them)", at, text)
	}
	return text
}

func (l *loader) date(path string, v yamldoc.Node) time.Time {
	text, ok := l.TextOf(v, path)
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(dateLayout, text)
	if err != nil {
		l.Fault(v, "%s: %q is no date, such as 2026-12-31", path, text)
	}
	return t
}

// match reads the causes that are meant. All of a rule must be said in so many words.
func (l *loader) match(at string, v yamldoc.Node) (m Match) {
	if word, ok := yamldoc.Scalar(v); ok {
		if m.All = word == "all"; !m.All {
			l.Fault(v, "%s: is %q, want a mapping (site, subnet, proxy, prefix, host) or the word all", at, word)
		}
		return m
	}
	n := 0
	l.Mapping(v, at, func(path, key string, v yamldoc.Node) bool {
		n++
		return l.matchKey(&m, path, key, v)
	})
	if n == 0 {
		l.Fault(v, "%s: is empty; match: all stands for every cause of the rule", at)
	}
	return m
}

func (l *loader) matchKey(m *Match, path, key string, v yamldoc.Node) bool {
	switch key {
	case "site":
		m.Site, _ = l.TextOf(v, path)
	case "subnet":
		m.Subnet, _ = l.PrefixOf(v, path)
	case "prefix":
		m.Prefix, _ = l.PrefixOf(v, path)
	case "proxy":
		m.Proxy = l.proxy(path, v)
	case "host":
		m.Host = l.host(path, v)
	default:
		return false
	}
	return true
}

func (l *loader) proxy(path string, v yamldoc.Node) string {
	text, ok := l.TextOf(v, path)
	_, aerr := netip.ParseAddr(text)
	_, perr := netip.ParseAddrPort(text)
	if ok && aerr != nil && perr != nil {
		l.Fault(v, "%s: %q is no address or address:port", path, text)
	}
	return text
}

func (l *loader) host(path string, v yamldoc.Node) string {
	text, ok := l.TextOf(v, path)
	rest := strings.TrimPrefix(text, "*.")
	if ok && (rest == "" || strings.Contains(rest, "*")) {
		l.Fault(v, "%s: %q: a star stands only for a whole label at the beginning, as in *.example.com", path, text)
	}
	return text
}
