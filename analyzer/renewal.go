package analyzer

import (
	"net/netip"
	"sync"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/signatures"
)

// Renewal hands to a run in windows what judges it from the next window on. Its methods may be called by any goroutine.
type Renewal struct {
	mu   sync.Mutex
	next *judges
}

// judges are what windows are judged by.
type judges struct {
	c     *Config // of which only what judges counts
	packs *signatures.Timeline
	known func(netip.Addr) bool
	same  bool     // as the windows before
	taken []func() // called before the first window is judged
}

func newJudges(c *Config, catalog *signatures.Catalog) (*judges, error) {
	packs, err := catalog.Timeline(c.Policy)
	if err != nil {
		return nil, &ConfigError{err}
	}
	return &judges{c: c, packs: packs, known: knownAddr(catalog, c.Site)}, nil
}

// Renew loads and checks the signatures of a configuration and has the run judge by them, and by its policy, site,
// vantage, rules and thresholds, from the next window on that begins; nil: by what it judges by already. Taken is
// called by the goroutine of Windows.Settle, behind the last window before. With an error nothing changes.
func (r *Renewal) Renew(c *Config, taken func()) error {
	next := &judges{same: true}
	if c != nil {
		catalog, err := loadCatalog(c)
		if err != nil {
			return err
		}
		if next, err = newJudges(c, catalog); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next != nil {
		if next.taken = r.next.taken; next.same {
			next = r.next
		}
	}
	next.taken = append(next.taken, taken)
	r.next = next
	return nil
}

// take gives away what there is; nil: nothing. It is never in the way of who does not ask for renewal.
func (r *Renewal) take() *judges {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	next := r.next
	r.next = nil
	return next
}

// benches tells what judges each window that is read or waits for its verdict.
type benches struct {
	mu     sync.Mutex
	latest *judges // of the window that is read
	of     map[int]*judges
}

func newBenches(first *judges) *benches {
	return &benches{latest: first, of: map[int]*judges{0: first}}
}

// begin settles what judges a window.
func (b *benches) begin(window int, next *judges) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if next != nil && next.same {
		next.c, next.packs, next.known = b.latest.c, b.latest.packs, b.latest.known
	}
	if next != nil {
		b.latest = next
	}
	b.of[window] = b.latest
}

func (b *benches) site(window int) *site.Site {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of[window].c.Site
}

func (b *benches) known(a netip.Addr) bool {
	b.mu.Lock()
	known := b.latest.known
	b.mu.Unlock()
	return known(a)
}

// end gives away what judges a window, which is judged now.
func (b *benches) end(window int) *judges {
	b.mu.Lock()
	defer b.mu.Unlock()
	j := b.of[window]
	delete(b.of, window)
	return j
}

// goOver has others judge from here on. What is about all windows so far is handed over first, as at the end of a day:
// verdicts by different rules cannot be one.
func (w *windows) goOver(j *judges, in *ingest.Result) {
	if j == w.judges {
		return
	}
	if w.judges = j; !j.same {
		if w.to.Day != nil && w.span.From != 0 {
			w.err = w.to.Day(w.close(in))
		}
		c := *w.c
		c.Policy, c.SignatureDir, c.Site, c.Vantage, c.Audit, c.Arguments = j.c.Policy, j.c.SignatureDir, j.c.Site,
			j.c.Vantage, j.c.Audit, j.c.Arguments
		w.c, w.packs = &c, j.packs
		w.rolling, w.span = audit.NewRolling(c.auditOptions()), record.Window{}
	}
	for _, taken := range j.taken {
		taken()
	}
}
