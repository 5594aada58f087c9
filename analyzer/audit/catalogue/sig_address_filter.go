package catalogue

import (
	"cmp"
	"net/netip"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	filteredAddresses = audit.NewLimit("WXA-SIG-006.min_addresses", "addresses", 3, 2, 2, 1, 1000,
		"ours: one address may be a dead server",
		"minimum number of addresses of a name that never answer")
	filteredTries = audit.NewLimit("WXA-SIG-006.min_tries", "connections", 6, 4, 4, 1, 1000,
		"ours: one lost SYN is chance",
		"minimum number of connection attempts to these addresses")
)

var sig006 = &audit.Rule{
	ID: "WXA-SIG-006", Title: "Signalling seems to be filtered by address", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "Of the addresses behind one required name some never answer while others do.",
		Why: "Webex signalling runs in clouds whose addresses change: a filter by address lets in yesterday's, so " +
			"that connections fail now and then.",
		Trigger: "For one name and site: at least min_addresses addresses to which every connection (at least " +
			"min_tries in all) stays without a SYN-ACK or is reset before one, and at least one other address that " +
			"answers.",
		LookAlikes: "A single dead address may be one server's fault and stays silent, and so does a name that " +
			"fails altogether (WXA-SIG-001). IPv6 without any answer is the client's path, not a filter. A client " +
			"that keeps answers of DNS for too long tries addresses that are gone, which looks the same: " +
			"possible, until two names or a refusal (RST, ICMP) show a filter. Only where both directions " +
			"are visible.",
		Verify: "Wireshark: `tcp.flags.syn == 1 && tcp.flags.ack == 0` to the addresses of the DNS answer, without " +
			"`tcp.flags.syn == 1 && tcp.flags.ack == 1` back.",
	},
	Remediation: "Filter Webex signalling by name (proxy, or a firewall that knows names), never by address.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: filtering signalling by IP address is " +
		"not supported"},
	Rows:       []string{"names", "prefixes"},
	Needs:      []string{"flow with dns_name or sni", "both directions"},
	Thresholds: []*audit.Limit{settle, filteredAddresses, filteredTries},
	Judge:      audit.Custom(newReached),
}

// maxReached is of how many addresses of names the outcome is kept.
const maxReached = 50_000

// address is one of a name's addresses as a site reaches it.
type address struct {
	goal
	addr netip.Addr
}

// reach is what became of the connections to one address.
type reach struct {
	open   bool
	failed *audit.Group
}

// reached remembers which addresses of names answer.
type reached struct {
	env   *audit.Env
	addrs audit.Table[address, reach]
}

var reachCitation = audit.Citation{Kind: "absence", Keys: []string{"syn", "rst"},
	Fields: func(f *observe.Flow) map[string]string {
		return map[string]string{"address": f.DstIP.String()}
	}}

func newReached(e *audit.Env) audit.Fold {
	return &reached{e, audit.NewTable(maxReached,
		func(a, b address) int { return cmp.Or(byGoal(a.goal, b.goal), a.addr.Compare(b.addr)) },
		func(a address) *reach { return &reach{failed: e.NewPart(a.where)} },
		func(into, from *reach) {
			into.open = into.open || from.open
			into.failed.Merge(from.failed, &reachCitation)
		})}
}

// Add implements audit.Fold.
func (r *reached) Add(f *observe.Flow) {
	name := strings.ToLower(observe.NameOf(f.Flow))
	if name == "" || !required(f.Service,
		f.Function) && f.Function != record.FileTransfer || f.Proto != "tcp" || f.Connect != nil || f.TCP == nil ||
		f.TCP.SYN == 0 || !f.ClientIsSource() || !f.DstIP.Unmap().Is4() {
		return
	}
	a := r.addrs.At(address{goal{f.Subject, name}, f.DstIP})
	switch {
	case f.TCP.SYNACK:
		a.open = true
	case f.Settled(r.env.Value(settle)) && f.Sees:
		a.failed.Count += f.Count()
		if f.TCP.ResetBy == "rev" || observe.Refused(f.Flow) {
			a.failed.Sum("refused", f.Count())
		}
		a.failed.Flow(r.env, f, &reachCitation)
	}
}

// Merge implements audit.Fold.
func (r *reached) Merge(o audit.Fold) { r.addrs.Merge(&o.(*reached).addrs) }

// Close implements audit.Fold.
func (r *reached) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of: wording.Noun{One: "required name with several addresses",
			Many: "required names with several addresses"},
		Pass:    wording.New("sig006.pass", "no sign of a filter by address"),
		Missing: wording.New("sig006.missing", "an address of the name that answers"),
	}
	domains := audit.NewGroups(&reachCitation)
	var last goal
	var of []*reach
	for a, one := range r.addrs.All {
		if a.goal != last {
			judgeReach(s, &o, &domains, last, of)
			last, of = a.goal, nil
		}
		of = append(of, one)
	}
	judgeReach(s, &o, &domains, last, of)
	for g := range domains.All {
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("sig006.fail", "%s: %d of %s never answered %s of %s, the others do", hosts(g),
				g.Sums["silent"],
				wording.Count(g.Sums["silent"]+g.Sums["open"], "address", "addresses"),
				wording.Count(g.Count, "connection attempt", "connection attempts"), clients(g)),
			Expected: wording.New("sig006.expected", "all addresses of the name are reachable"),
			Actual:   wording.New("sig006.actual", "%d silent, %d open", g.Sums["silent"], g.Sums["open"]),
		})
	}
	s.Conclude(o)
}

// judgeReach adds a name of which some addresses are silent to the group of its domain.
func judgeReach(s *audit.Scope, o *audit.Outcome, domains *audit.Groups, to goal, addrs []*reach) {
	if len(addrs) < 2 {
		return
	}
	o.Seen++
	var open, tries int64
	var silent []*reach
	for _, a := range addrs {
		switch {
		case a.open:
			open++
		case a.failed.Count > 0:
			silent = append(silent, a)
			tries += a.failed.Count
		}
	}
	if open > 0 {
		o.Judged++
	}
	if open == 0 || float64(len(silent)) < s.Value(filteredAddresses) || float64(tries) < s.Value(filteredTries) {
		return
	}
	g := domains.At(record.Subject{Kind: "domain", Key: domain(to.name)})
	g.Sum("open", open)
	g.Sum("silent", int64(len(silent)))
	g.Host(to.name)
	for _, a := range silent {
		g.Join(a.failed, &reachCitation)
	}
	g.Raise(record.Possible)
	if g.Hosts.Len() > 1 || g.Sums["refused"] > 0 {
		g.Raise(record.Probable)
	}
}
