package catalogue

import (
	"fmt"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var pol001 = &audit.Rule{
	ID: "WXA-POL-001", Title: "Allow list is stale", Severity: record.Low,
	Doc: audit.Doc{
		What: "The list of Webex prefixes that the firewalls let through (key allow_list of the site file) is not " +
			"that of the pack.",
		Why: "Without a published range calls fail whenever the cloud picks a node there, which nobody can " +
			"reproduce; a withdrawn range belongs to somebody else now.",
		Trigger: "An entry of the list within a withdrawn range and in no current one; or a published media range " +
			"that the list does not hold in full. Ranges of Calling, government and the integration for Microsoft " +
			"Teams count as missing only where the capture shows flows to Calling or to the range.",
		LookAlikes: "Entries wider than Webex, and entries that were never Webex's, are no business of this rule. A " +
			"list without any IPv6 prefix is compared for IPv4 only. Signalling must not be filtered by address at " +
			"all (WXA-SIG-006).",
		Verify: "webexaudit signatures list shows the ranges of the pack and those withdrawn, with their dates.",
	},
	Remediation: "Renew the list from the published ranges (webexaudit signatures list), and take the withdrawn " +
		"ones out.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: media subnets and revision history",
		"Port Reference Information for Webex Calling, b2exve"},
	Rows:  []string{"prefixes"},
	Needs: []string{"run with allow_list"},
	Judge: audit.Custom(func(*audit.Env) audit.Fold { return &usedRanges{prefixes: audit.NewSet[string](maxPrefixes)} }),
}

const maxPrefixes = 10_000

// usedRanges are the published ranges that the capture shows flows to.
type usedRanges struct {
	prefixes audit.Set[string]
	calling  bool
}

// Add implements audit.Fold.
func (u *usedRanges) Add(f *observe.Flow) {
	if f.Prefix != "" {
		u.prefixes.Add(f.Prefix)
	}
	u.calling = u.calling || f.Service == record.Calling
}

// Merge implements audit.Fold.
func (u *usedRanges) Merge(o audit.Fold) {
	other := o.(*usedRanges)
	u.prefixes.Merge(&other.prefixes)
	u.calling = u.calling || other.calling
}

// needs reports whether the enterprise needs a range beside those for media of meetings.
func (u *usedRanges) needs(r record.ListedRange) bool {
	return r.Kind == "media" || u.prefixes.Has(r.Prefix) || r.Kind == "calling" && u.calling
}

// Close implements audit.Fold.
func (u *usedRanges) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:     wording.Noun{One: "allow list", Many: "allow lists"},
		Pass:   wording.New("pol001.pass", "the list holds the published ranges and no withdrawn one"),
		Absent: wording.New("pol001.absent", "no allow list is declared (key allow_list of the site file)"),
	}
	if s.Run == nil || s.Run.AllowList == nil {
		s.Conclude(o)
		return
	}
	o.Seen, o.Judged = 1, 1
	list := s.Run.AllowList
	withdrawn, missing := listGroup("withdrawn"), listGroup("missing")
	for _, r := range list.Withdrawn {
		withdrawn.Host(r.Prefix)
		withdrawn.Hows.Add(r.Why, 1)
	}
	for _, r := range list.Missing {
		if u.needs(r) {
			missing.Host(r.Prefix)
		}
	}
	if n := withdrawn.Hosts.Len(); n > 0 {
		withdrawn.Count = int64(n)
		s.Report(withdrawn, audit.Verdict{
			State: record.Warn,
			Summary: wording.New("pol001.withdrawn", "%s of the allow list withdrawn: %s", wording.Count(n, "range",
				"ranges"), hosts(withdrawn)),
			Expected: wording.New("pol001.current", "ranges of the current list"),
			Actual:   wording.New("pol001.actual", "%s", howOften(withdrawn)),
			Evidence: listed(withdrawn, list.Entries),
		})
	}
	if n := missing.Hosts.Len(); n > 0 {
		missing.Count = int64(n)
		s.Report(missing, audit.Verdict{
			State: record.Warn,
			Summary: wording.New("pol001.missing", "the allow list lacks %s, or a part: %s",
				wording.Count(n, "published range", "published ranges"), hosts(missing)),
			Expected: wording.New("pol001.all", "all published media ranges"),
			Actual:   wording.New("pol001.entries", "%s", wording.Count(list.Entries, "entry", "entries")),
			Evidence: listed(missing, list.Entries),
		})
	}
	s.Conclude(o)
}

func listGroup(key string) *audit.Group {
	g := audit.NewGroup(record.Subject{Kind: "allow-list", Key: key})
	g.Raise(record.Confirmed)
	return g
}

// listed shows the ranges of the list that a group names: no packet proves what a list holds.
func listed(g *audit.Group, entries int) []record.Evidence {
	return []record.Evidence{{Kind: "counter", Fields: map[string]string{"entries": fmt.Sprint(entries),
		"ranges": strings.Join(g.Hosts.List(), ", ")}}}
}
