package waiver

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/record"
)

// Apply gives the findings with the waivers of this list in force, and notices in the order of the list. What another
// list had waived before counts again first. Only failures and warnings can be waived; where several waivers match, the
// first one in force is named. AsOf is the day that decides what has expired.
func (ws Waivers) Apply(findings []*record.Finding, asOf time.Time) (out []*record.Finding, notices []string) {
	matched := make([]int, len(ws))
	for _, f := range Restore(findings) {
		if f.State == record.Fail || f.State == record.Warn {
			f = ws.waive(f, asOf, matched)
		}
		out = append(out, f)
	}
	for i := range ws {
		if n := ws[i].notice(asOf, matched[i]); n != "" {
			notices = append(notices, n)
		}
	}
	return out, notices
}

// waive counts the waivers that match, and applies the first one in force.
func (ws Waivers) waive(f *record.Finding, asOf time.Time, matched []int) *record.Finding {
	out := f
	for i := range ws {
		if !ws[i].matches(f) {
			continue
		}
		matched[i]++
		if out == f && ws[i].inForce(asOf) {
			c := *f
			c.State, c.Waiver = record.Waived, ws[i].record(f.State)
			out = &c
		}
	}
	return out
}

// notice is what the owner should know: it has expired, or it is of no use.
func (w *Waiver) notice(asOf time.Time, matched int) string {
	name := fmt.Sprintf("waiver %s (%s, owner %s)", w.ID, w.Rule, w.Owner)
	switch expired := !w.inForce(asOf); {
	case asOf.IsZero():
		return name + " does not hold: the run has no time to judge its expiry by (--as-of gives one)"
	case expired && matched > 0:
		return fmt.Sprintf("%s expired on %s: what it covered is reported again", name, w.Expires.Format(dateLayout))
	case expired:
		return fmt.Sprintf("%s expired on %s and matches nothing: remove it", name, w.Expires.Format(dateLayout))
	case matched == 0:
		return name + " matches no failure or warning of this run"
	}
	return ""
}

// Expire gives the findings of a stored run without those waivers in them that have expired on a day, and a notice for
// each that has.
func Expire(findings []*record.Finding, asOf time.Time) (out []*record.Finding, notices []string) {
	for _, f := range findings {
		if f.Waiver != nil {
			last, err := time.Parse(dateLayout, f.Waiver.Expires)
			w := &Waiver{ID: f.Waiver.ID, Rule: f.Rule, Owner: f.Waiver.Owner, Expires: last}
			if err != nil || !w.inForce(asOf) {
				if n := w.notice(asOf, 1); !slices.Contains(notices, n) {
					notices = append(notices, n)
				}
				f = Restore([]*record.Finding{f})[0]
			}
		}
		out = append(out, f)
	}
	return out, notices
}

// Restore gives the findings as they are without any waiver.
func Restore(findings []*record.Finding) []*record.Finding {
	out := make([]*record.Finding, len(findings))
	for i, f := range findings {
		out[i] = f
		if f.Waiver != nil {
			c := *f
			c.State, c.Waiver = f.Waiver.State, nil
			out[i] = &c
		}
	}
	return out
}

func (w *Waiver) matches(f *record.Finding) bool {
	if ok, err := path.Match(w.Rule, f.Rule); err != nil || !ok {
		return false
	}
	m := w.Match
	return m.All ||
		(m.Site == "" || f.Subject.Kind == "site" && f.Subject.Key == m.Site) &&
			(!m.Subnet.IsValid() || inSubnet(m.Subnet, f)) &&
			(m.Proxy == "" || f.Subject.Kind == "proxy" && sameProxy(m.Proxy, f.Subject.Key)) &&
			(!m.Prefix.IsValid() || inPrefix(m.Prefix, f)) &&
			(m.Host == "" || isHost(m.Host, f))
}

// inSubnet: the subject lies in the subnet, and so does every client: a waiver never hides a client outside.
func inSubnet(p netip.Prefix, f *record.Finding) bool {
	ofSubnet := (f.Subject.Kind == "subnet" || f.Subject.Kind == "client") && within(p, f.Subject.Key)
	return (ofSubnet || len(f.Clients) > 0) && every(f.Clients, func(c string) bool { return within(p, c) })
}

// inPrefix is the same for servers.
func inPrefix(p netip.Prefix, f *record.Finding) bool {
	if f.Subject.Kind == "prefix" {
		return within(p, f.Subject.Key)
	}
	return len(f.Hosts) > 0 && every(f.Hosts, func(h string) bool { return within(p, h) })
}

func isHost(pattern string, f *record.Finding) bool {
	is := func(h string) bool { return sameHost(pattern, h) }
	if f.Subject.Kind == "host" || f.Subject.Kind == "domain" && len(f.Hosts) == 0 {
		return is(f.Subject.Key)
	}
	return len(f.Hosts) > 0 && every(f.Hosts, is)
}

func every(list []string, ok func(string) bool) bool {
	for _, s := range list {
		if !ok(s) {
			return false
		}
	}
	return true
}

// within reports whether an address or prefix, as text, lies in the prefix.
func within(p netip.Prefix, text string) bool {
	if a, err := netip.ParseAddr(text); err == nil {
		return p.Contains(a.Unmap())
	}
	q, err := netip.ParsePrefix(text)
	return err == nil && p.Bits() <= q.Bits() && p.Contains(q.Addr())
}

// sameProxy compares with the port where the waiver names one.
func sameProxy(want, key string) bool {
	if want == key {
		return true
	}
	a, err := netip.ParseAddr(want)
	k, kerr := netip.ParseAddrPort(key)
	return err == nil && kerr == nil && a == k.Addr()
}

// sameHost: *.example.com stands for all names below example.com, and not for itself.
func sameHost(pattern, host string) bool {
	pattern, host = strings.ToLower(pattern), strings.ToLower(host)
	if rest, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(host, rest) && len(host) > len(rest)
	}
	return pattern == host
}
