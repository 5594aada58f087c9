package watch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/baseline"
	"webexaudit/analyzer/record"
)

// What can be said of a finding over windows.
const (
	New      = "new"
	Ongoing  = "ongoing"
	Quiet    = "quiet"    // the latest window could not judge it
	Resolved = "resolved" // judged again for such clients, and passed
)

// Tracked is a finding over windows: the trouble of one rule and subject, by fingerprint.
type Tracked struct {
	Fingerprint string          `json:"fingerprint"`
	Status      string          `json:"status"` // new, ongoing, quiet, resolved
	Rule        string          `json:"rule"`
	Title       string          `json:"title"`
	State       record.State    `json:"state"` // of the latest window that found it
	Severity    record.Severity `json:"severity"`
	Subject     record.Subject  `json:"subject"`
	Summary     string          `json:"summary"`
	FirstSeen   record.Time     `json:"first_seen"`
	LastSeen    record.Time     `json:"last_seen"`
	Windows     int             `json:"windows"`              // that found it
	Root        bool            `json:"root"`                 // it follows from no other finding
	ResolvedAt  record.Time     `json:"resolved_at,omitzero"` // end of the window that found it gone
}

// maxOpen is how many findings are followed; the quiet ones that were seen last longest ago are given up for new ones.
const maxOpen = 10_000

// Tracker joins findings over windows. It is bounded, and belongs to one goroutine.
type Tracker struct {
	find func(id string) (*audit.Rule, bool)
	last *record.Set // run, summary and open findings, as the comparison wants them
	open map[string]*Tracked

	until record.Time // behind the last packet
	now   func() time.Time
}

// NewTracker knows of no finding; find gives the rule of an id.
func NewTracker(find func(id string) (*audit.Rule, bool)) *Tracker {
	return &Tracker{find: find, open: map[string]*Tracked{}, now: time.Now}
}

// Rules has another function give the rule of an id from here on.
func (t *Tracker) Rules(find func(id string) (*audit.Rule, bool)) { t.find = find }

// Window takes the findings of a window. It returns what became of each finding that is open or was until then: new
// ones first, then resolved ones, those that go on, and those that the window could not judge. What is resolved is
// forgotten.
func (t *Tracker) Window(set *record.Set) []Tracked {
	t.took(set)
	if set.Summary == nil || set.Run == nil || set.Summary.Interrupted() {
		return t.List() // says nothing of what is gone
	}
	old := t.last
	if old == nil {
		old = &record.Set{Run: set.Run, Summary: set.Summary}
	}
	var list []Tracked
	found := map[string]*record.Finding{}
	for _, f := range set.Findings {
		found[f.Fingerprint] = f
	}
	for _, c := range baseline.Compare(old, set, t.find).Findings {
		list = append(list, t.change(c.Change, c.Fingerprint, found[c.Fingerprint], set.Run))
	}
	t.keep(set)
	slices.SortStableFunc(list, inOrder)
	return list
}

// clocks is how far that of who captured may be ahead of this machine's.
const clocks = time.Hour

// took notes up to where packets were taken. A clock that was set back takes that back too. What lies in the machine's
// future, where what came before did not, is of a clock that was wrong for a time: it would keep the next start from
// reading what comes until then.
func (t *Tracker) took(set *record.Set) {
	var last record.Time
	for _, h := range set.Health {
		last = max(last, h.EndTime)
	}
	now := record.Time(t.now().UnixNano())
	if last == 0 || t.until != 0 && t.until <= now && last.Sub(now) > clocks {
		return
	}
	t.until = last + 1
}

// change books what became of one finding; f is nil where the window has nothing of it.
func (t *Tracker) change(change, fingerprint string, f *record.Finding, run *record.Run) Tracked {
	x := t.open[fingerprint]
	if x == nil {
		x = &Tracked{Fingerprint: fingerprint, FirstSeen: f.FirstSeen}
		t.open[fingerprint] = x
	}
	switch {
	case f != nil && (f.State == record.Fail || f.State == record.Warn || f.State == record.Waived):
		if x.Status = Ongoing; x.Windows == 0 {
			x.Status = New
		}
		x.seen(f)
	case change == baseline.Fixed:
		x.Status = Resolved
		if x.ResolvedAt = x.LastSeen; run.Window != nil {
			x.ResolvedAt = run.Window.To
		}
		delete(t.open, fingerprint)
	default:
		x.Status = Quiet
	}
	return *x
}

func (x *Tracked) seen(f *record.Finding) {
	x.Rule, x.Title, x.State, x.Severity, x.Subject = f.Rule, f.Title, f.State, f.Severity, f.Subject
	x.Summary, x.Root = f.Summary, f.CausedBy == ""
	x.LastSeen = max(x.LastSeen, f.LastSeen)
	x.Windows++
}

// keep remembers of a window what the next one is compared with: the open findings as they were seen last.
func (t *Tracker) keep(set *record.Set) {
	last := &record.Set{Run: set.Run, Summary: set.Summary}
	for _, f := range set.Findings {
		if t.open[f.Fingerprint] != nil {
			last.Findings = append(last.Findings, bare(f))
		}
	}
	if t.last != nil {
		for _, f := range t.last.Findings {
			if x := t.open[f.Fingerprint]; x != nil && x.Status == Quiet {
				last.Findings = append(last.Findings, f)
			}
		}
	}
	if t.last = last; len(t.open) > maxOpen {
		t.giveUp()
	}
}

// bare is a finding without what only its own window can show.
func bare(f *record.Finding) *record.Finding {
	b := *f
	b.Evidence, b.FlowIDs, b.SessionIDs, b.Hosts, b.Messages = nil, nil, nil, nil, record.Messages{}
	return &b
}

// giveUp forgets the findings that were not seen for the longest time.
func (t *Tracker) giveUp() {
	list := t.List()
	slices.SortFunc(list, func(a, b Tracked) int {
		return cmp.Or(cmp.Compare(b.LastSeen, a.LastSeen), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	for _, x := range list[maxOpen:] {
		delete(t.open, x.Fingerprint)
	}
	t.last.Findings = slices.DeleteFunc(t.last.Findings, func(f *record.Finding) bool {
		return t.open[f.Fingerprint] == nil
	})
}

// Settled is the time behind the last packet of the window that was taken last; zero: none was.
func (t *Tracker) Settled() time.Time {
	if t.until == 0 {
		return time.Time{}
	}
	return t.until.Time()
}

// Begin has what lies before a time taken, by whom ever.
func (t *Tracker) Begin(from time.Time) { t.until = record.Time(from.UnixNano()) }

// List are the open findings, the worst first.
func (t *Tracker) List() []Tracked {
	var list []Tracked
	for _, x := range t.open {
		list = append(list, *x)
	}
	slices.SortFunc(list, inOrder)
	return list
}

func inOrder(a, b Tracked) int {
	order := []string{New, Resolved, Ongoing, Quiet}
	return cmp.Or(cmp.Compare(slices.Index(order, a.Status), slices.Index(order, b.Status)),
		cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Fingerprint, b.Fingerprint))
}

// state is what a tracker writes down, so that a program that begins anew goes on with it.
type state struct {
	Schema   string            `json:"schema"`
	Until    record.Time       `json:"until"`
	Open     []Tracked         `json:"open"`
	Run      *record.Run       `json:"run,omitempty"`
	Summary  *record.Summary   `json:"summary,omitempty"`
	Findings []*record.Finding `json:"findings,omitempty"`
}

const stateSchema = "webexaudit.watch/1"

// MarshalJSON writes the tracker down.
func (t *Tracker) MarshalJSON() ([]byte, error) {
	s := state{Schema: stateSchema, Until: t.until, Open: t.List()}
	if t.last != nil {
		s.Run, s.Summary, s.Findings = t.last.Run, t.last.Summary, t.last.Findings
	}
	return json.Marshal(s)
}

// UnmarshalJSON goes on with what another tracker wrote down.
func (t *Tracker) UnmarshalJSON(text []byte) error {
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if s.Schema != stateSchema {
		return fmt.Errorf("schema %.40q: want %s", s.Schema, stateSchema)
	}
	t.open, t.last, t.until = map[string]*Tracked{}, nil, s.Until
	for i := range s.Open {
		t.open[s.Open[i].Fingerprint] = &s.Open[i]
	}
	if s.Run != nil && s.Summary != nil {
		t.last = &record.Set{Run: s.Run, Summary: s.Summary, Findings: s.Findings}
	}
	return nil
}
