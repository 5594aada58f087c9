package session

import (
	"fmt"
	"net/netip"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// mixed is the share of clients (or of first TTLs) above which the smaller kind is no accident.
const mixed = 0.1

// Vantage says where the capture was taken. What the operator declares (declared, from the flag, before the site file)
// wins: its confidence is confirmed, or possible where the addresses and TTLs of the capture speak against it, and the
// reason says so. Without a declaration it is guessed from the Webex clients' addresses and TTLs; signs that contradict
// each other give "unknown" with the reason.
func Vantage(set *record.Set, s *site.Site, declared string) record.Vantage {
	seen := observe(set, s)
	guess := seen.guess()
	by := "declared by --vantage"
	if declared == "" {
		declared, by = s.Vantage(), "declared in the site file"
	}
	if declared == "" {
		return guess
	}
	v := record.Vantage{Value: declared, Declared: true, Confidence: record.Confirmed, Reason: by}
	if contradicts(declared, guess.Value) && !(declared == "wan" && seen.own == seen.inside) {
		v.Confidence = record.Possible
		v.Reason = fmt.Sprintf("%s, but the capture looks like %s: %s", by, guess.Value, guess.Reason)
	}
	return v
}

func contradicts(declared, guessed string) bool {
	enterprise := func(v string) bool { return v == "access" || v == "inside" }
	return enterprise(declared) && guessed == "wan" || declared == "wan" && enterprise(guessed)
}

// signs are what the capture shows of its place.
type signs struct {
	inside, outside int // distinct IPv4 clients by kind of address
	own             int // those inside with public addresses, which are the same on both sides of a firewall
	known           bool
	v6              int // distinct IPv6 clients: global on both sides of a firewall, so no sign
	initial, hops   int // flows whose client's first TTL is an initial value, or is not
	fromProxy       int
	toProxy         int
}

func observe(set *record.Set, s *site.Site) signs {
	var o signs
	seen := map[netip.Addr]bool{}
	for _, f := range set.EachWebex {
		c := f.ClientAddr().Unmap()
		if ttl := f.Up().TTL; ttl != nil {
			switch *ttl {
			case 64, 128, 255: // the initial values in use: nothing routed the packet yet
				o.initial++
			default:
				o.hops++
			}
		}
		srv := f.Server()
		if s.IsProxy(srv.Addr(), int(srv.Port())) {
			o.toProxy++
		}
		if seen[c] {
			continue
		}
		seen[c] = true
		o.client(c, s)
	}
	return o
}

func (o *signs) client(c netip.Addr, s *site.Site) {
	internal, known := s.IsInternal(c)
	switch {
	case s.IsProxy(c, 0):
		o.fromProxy++
	case c.Is6() && !known:
		o.v6++
	case internal:
		o.inside++
		if guessed, _ := (*site.Site)(nil).IsInternal(c); !guessed {
			o.own++
		}
		o.known = o.known || known
	default:
		o.outside++
		o.known = o.known || known
	}
}

func (o signs) guess() record.Vantage {
	unknown := func(reason string) record.Vantage { return record.Vantage{Value: "unknown", Reason: reason} }
	total := o.inside + o.outside
	switch {
	case total+o.v6+o.fromProxy == 0:
		return unknown("no Webex traffic to judge by")
	case o.fromProxy > 0 && (o.toProxy > 0 || total+o.v6 > 0):
		return unknown("traffic on both sides of a declared proxy")
	case o.fromProxy > 0:
		return record.Vantage{Value: "proxy-outside", Confidence: record.Probable, Reason: "all Webex traffic comes from a declared proxy"}
	case total == 0 && o.routed() == "no":
		return record.Vantage{Value: "access", Confidence: record.Possible, Reason: "the clients' packets still have an initial TTL (IPv6 clients only)"}
	case total == 0:
		return unknown("IPv6 clients only: their addresses are the same on both sides of a firewall")
	case share(o.inside, o.outside) > mixed:
		return unknown(fmt.Sprintf("clients with internal (%d) and external (%d) addresses: both sides of an address translation", o.inside, o.outside))
	case o.outside > o.inside:
		return o.external(unknown)
	}
	return o.internal()
}

func (o signs) external(unknown func(string) record.Vantage) record.Vantage {
	reason := fmt.Sprintf("the clients' addresses are external (%d)", o.outside)
	if o.routed() == "no" {
		return unknown(reason + ", yet their packets still have an initial TTL: public addresses inside, or the outside of a proxy")
	}
	v := record.Vantage{Value: "wan", Confidence: record.Possible, Reason: reason}
	if o.known {
		v.Confidence = record.Probable
	}
	return v
}

func (o signs) internal() record.Vantage {
	v := record.Vantage{Value: "inside", Confidence: record.Possible, Reason: fmt.Sprintf("the clients' addresses are internal (%d)", o.inside)}
	switch o.routed() {
	case "no":
		v.Value, v.Confidence = "access", record.Probable
		v.Reason += " and their packets still have an initial TTL"
	case "yes":
		v.Confidence = record.Probable
		v.Reason += " and their packets were routed"
	}
	if o.known {
		v.Confidence = record.Probable
	}
	return v
}

// routed says whether the clients' packets passed a router: yes, no, or "" where that is mixed or not known.
func (o signs) routed() string {
	switch {
	case o.initial+o.hops == 0 || share(o.initial, o.hops) > mixed:
		return ""
	case o.hops > o.initial:
		return "yes"
	}
	return "no"
}

// share of the smaller of two counts in their sum.
func share(a, b int) float64 {
	if a+b == 0 {
		return 0
	}
	return float64(min(a, b)) / float64(a+b)
}
